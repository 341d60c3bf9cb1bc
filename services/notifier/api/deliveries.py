"""`GET /v1/cases/{key}/deliveries`: the ledger, every attempt with its answer."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from services.notifier.api.reading import Ledger, ledger_of
from services.notifier.domain.view import ledger_view
from shared.contracts.envelope import key_of
from shared.ops.access import Caller
from shared.ops.case_path import CaseKey
from shared.ops.reader import Reader


def deliveries_router(reader: Reader, ledger: Ledger) -> APIRouter:
    router = APIRouter(prefix="/v1/cases", tags=["deliveries"])

    @router.get("/{key}/deliveries", summary="What was said to whom about a case, and what became of it")
    async def deliveries(key: CaseKey, caller: Annotated[Caller, Depends(reader)]) -> dict[str, Any]:
        """Every delivery, planned ones included, with every attempt and the other side's answer.

        `status` is planned, sending, uncertain (an attempt's fate is not known; it is made again under the
        same effect key), sent, failed or suppressed, the last two with the reason.
        """
        return ledger_view(await ledger_of(ledger, key_of(caller.tenant, key)))

    return router
