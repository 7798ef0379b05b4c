"""The API door: checks the key, then answers from what is kept or passes the call on."""

import hashlib
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from . import keys
from .context import Context
from .desk import new_id
from .errors import StripeError
from .forms import parse, without_expand
from .keeping import Idempotency, Reply
from .routes import Ask, Match, Write, find
from .upstream import Answer, Relayed

_MAX_BODY = 2_000_000


async def api(request: Request) -> Response:
    """Any call that is none of our pages."""
    keys.check(request.headers.get("authorization", ""))
    return await _answer(request, await body_of(request))


def refused(request: Request, error: Exception) -> Response:
    """An error of ours, or of stripe-mock's, as the answer."""
    match error:
        case StripeError():
            return _json(Reply(error.status, error.body))
        case Relayed():
            return _relayed(error.answer)
        case _:
            message = f"The stand-in's database failed: {error}"
            return _json(Reply(500, {"error": {"type": "api_error", "message": message}}))


async def body_of(request: Request) -> bytes:
    """The body, or a 413 when it is far larger than anything Stripe takes."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BODY:
            raise StripeError(413, "The request is larger than 2 MB.")
    return body


async def _answer(request: Request, body: bytes) -> Response:
    context: Context = request.app.state.context
    found = find(request.method, request.url.path)
    if not found:
        target = request.scope["raw_path"].decode("latin-1") + _query(request)
        return _relayed(await context.upstream.relay(request.method, target, request.headers, body))
    await context.expire_sessions()
    return _json(await _kept(context, request, found, body.decode(errors="replace")))


async def _kept(context: Context, request: Request, found: Match, form: str) -> Reply:
    encoded = "&".join(filter(None, [request.url.query, form]))
    match found.route:
        case Ask(read):
            return Reply(200, read(context.store, parse(encoded), found.wanted))
        case Write():
            return await _write(context, request, found, encoded)


async def _write(context: Context, request: Request, found: Match, encoded: str) -> Reply:
    assert isinstance(found.route, Write)
    params, once = parse(encoded), _once(request, encoded)
    if kept := context.keeper.replay(once):
        return kept
    if request.method == "POST":
        await context.upstream.check(request.url.path, without_expand(encoded))
    desk = await context.desk()
    with context.store.transaction():
        # Asked again: a twin of this call may have been answered while stripe-mock was.
        reply = context.keeper.replay(once) or context.keeper.reply(
            desk, found.route.decide(desk, params, found.wanted), once, params.get("expand")
        )
    context.courier.wake()
    return reply


def _once(request: Request, encoded: str) -> Idempotency:
    key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n{encoded}".encode()).hexdigest()
    return Idempotency(key, digest)


def _query(request: Request) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"?{query}" if query else ""


def _json(reply: Reply) -> Response:
    headers = {"request-id": new_id("req_"), "cache-control": "no-store"}
    if reply.replayed:
        headers["idempotent-replayed"] = "true"
    body = json.dumps(reply.body, indent=2, ensure_ascii=False)
    return Response(body, reply.status, headers, media_type=JSONResponse.media_type)


def _relayed(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers.extend((name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers)
    return response
