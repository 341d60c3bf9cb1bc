"""The test language: clocks, servers, receivers. Production never imports it."""
