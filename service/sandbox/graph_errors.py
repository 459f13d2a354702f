"""Errors as WhatsApp's Cloud API words them."""

from service.sandbox.replies import Reply, json_reply

__all__ = ["GraphError", "error_reply"]

_TITLES = {
    100: "Invalid parameter",
    190: "Invalid OAuth access token",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131051: "Unsupported message type",
    131053: "Media upload error",
}
_STATUS = {190: 401, 131016: 503}


class GraphError(Exception):
    """A refusal with WhatsApp's number for it; `details` says what is wrong, `delay_s` how late it is told."""

    def __init__(self, code: int, details: str, delay_s: float = 0.0) -> None:
        super().__init__(details)
        self.code = code
        self.details = details
        self.delay_s = delay_s


def error_reply(error: GraphError) -> Reply:
    """The answer that tells a client of the refusal."""
    body = {
        "error": {
            "message": f"(#{error.code}) {_TITLES[error.code]}",
            "type": "OAuthException",
            "code": error.code,
            "error_data": {"messaging_product": "whatsapp", "details": error.details},
            "fbtrace_id": "sandbox",
        }
    }
    return json_reply(body, _STATUS.get(error.code, 400), error.delay_s)
