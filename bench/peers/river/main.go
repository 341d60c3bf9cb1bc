// River under the load of bench/due.py: jobs with ScheduledAt, one client.
//
//	river fill URL DUE     puts the timers of a file (int64, little endian) into the database
//	river work URL NOTES   works until SIGTERM, then writes: number, due, called (µs since 1970), job
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

const (
	chunk   = 10_000
	workers = 500
	poll    = 2 * time.Millisecond
)

type Timer struct {
	Number int64 `json:"number"`
}

func (Timer) Kind() string { return "timer" }

type note struct{ number, due, called, job int64 }

type Worker struct {
	river.WorkerDefaults[Timer]
	mutex sync.Mutex
	notes []note
}

func (w *Worker) Work(_ context.Context, job *river.Job[Timer]) error {
	called := time.Now().UnixMicro()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.notes = append(w.notes, note{job.Args.Number, job.ScheduledAt.UnixMicro(), called, job.ID})
	return nil
}

func main() {
	verb, url, file := os.Args[1], os.Args[2], os.Args[3]
	pool, err := pgxpool.New(context.Background(), url)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	if verb == "fill" {
		err = fill(context.Background(), pool, file)
	} else {
		err = work(context.Background(), pool, file)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func fill(ctx context.Context, pool *pgxpool.Pool, file string) error {
	driver := riverpgxv5.New(pool)
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	client, err := river.NewClient(driver, &river.Config{})
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	count := len(raw) / 8
	for first := 0; first < count; first += chunk {
		jobs := make([]river.InsertManyParams, 0, chunk)
		for number := first; number < min(first+chunk, count); number++ {
			due := int64(binary.LittleEndian.Uint64(raw[8*number:]))
			jobs = append(jobs, river.InsertManyParams{
				Args:       Timer{Number: int64(number)},
				InsertOpts: &river.InsertOpts{ScheduledAt: time.UnixMicro(due)},
			})
		}
		if _, err := client.InsertManyFast(ctx, jobs); err != nil {
			return err
		}
	}
	return nil
}

func work(ctx context.Context, pool *pgxpool.Pool, file string) error {
	worker := &Worker{}
	known := river.NewWorkers()
	river.AddWorker(known, worker)
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		FetchCooldown:     poll,
		FetchPollInterval: poll,
		Logger:            slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		Workers:           known,
	})
	if err != nil {
		return err
	}
	if err := client.Start(ctx); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	if err := client.Stop(ctx); err != nil {
		return err
	}
	return write(worker.notes, file)
}

func write(notes []note, file string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	buffered := bufio.NewWriter(out)
	for _, n := range notes {
		fmt.Fprintln(buffered, n.number, n.due, n.called, n.job)
	}
	return buffered.Flush()
}
