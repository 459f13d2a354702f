"""Where spans go: to the collector that the settings name, if they name one."""

from typing import Any

from service.core.errors import ConfigError
from service.observe.tracing import Tracing
from service.settings import Settings

__all__ = ["make_tracing"]

_TIMEOUT_S = 2.0


def make_tracing(settings: Settings, provider: Any = None) -> Tracing:
    """Tracing with this OpenTelemetry provider, else with one for OTEL_EXPORTER_OTLP_ENDPOINT, else none.

    Raises ConfigError where the settings name a collector and the extra `otel` is not installed.
    """
    if provider is not None or not settings.otel_exporter_otlp_endpoint:
        return Tracing(provider)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - same
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - same
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - same
    except ImportError as error:
        raise ConfigError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed; pip install 'pulse-bot[otel]', "
            "or unset it to run without traces"
        ) from error
    exporter = OTLPSpanExporter(f"{settings.otel_exporter_otlp_endpoint.rstrip('/')}/v1/traces", timeout=_TIMEOUT_S)
    own = TracerProvider(resource=Resource.create({"service.name": "pulse"}), shutdown_on_exit=False)
    own.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(own)
