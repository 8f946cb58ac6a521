"""The simulated publisher of posts and pages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from sandbox.routes.edge import After, Call, Key, Limit, SandboxDep, answer, calls, check_api_key, writes
from sandbox.schemas import PostOrder, PostPage, PostView
from sandbox.service import Write

router = APIRouter(prefix="/publisher/posts", tags=["publisher"], dependencies=[Depends(check_api_key)])

PublisherCall = Annotated[Call, Depends(calls("publisher"))]
PublisherWrite = Annotated[Write, Depends(writes("publisher"))]


@router.post("", status_code=201, response_model=PostView)
async def publish(request: Request, sandbox: SandboxDep, write: PublisherWrite, order: PostOrder) -> Response:
    return await answer(request, write, await sandbox.publish(write, order))


@router.get("")
async def posts(
    sandbox: SandboxDep,
    call: PublisherCall,
    asset_ref: Annotated[str | None, Query()] = None,
    key: Key = None,
    after: After = "",
    limit: Limit = 100,
) -> PostPage:
    return await sandbox.posts(call.account, asset_ref=asset_ref, key=key, after=after, limit=limit)


@router.get("/{post_id}")
async def post(sandbox: SandboxDep, call: PublisherCall, post_id: str) -> PostView:
    return await sandbox.post(call.account, post_id)


@router.delete("/{post_id}", response_model=PostView)
async def delete(request: Request, sandbox: SandboxDep, write: PublisherWrite, post_id: str) -> Response:
    return await answer(request, write, await sandbox.delete_post(write, post_id))
