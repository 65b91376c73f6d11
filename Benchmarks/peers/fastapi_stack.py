"""The stack that tutorials teach, as a peer: FastAPI, uvicorn, Redis pub/sub, SQLAlchemy on SQLite, tokens by PyJWT.

Every worker keeps the sockets of its users, listens to one Redis channel, and sends what comes to those who are here. A create
is committed and synced before it is published and answered, like Peal's.

    DATABASE=/tmp/stack.db REDIS_PORT=6379 JWT_SECRET=... uvicorn --workers 2 --no-access-log fastapi_stack:app
"""
import asyncio
import contextlib
import json
import os
from datetime import datetime, timezone

import jwt
import redis.asyncio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import Index, String, create_engine, event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

CHANNEL = "notifications"
SECRET = os.environ["JWT_SECRET"]
engine = create_engine(f"sqlite:///{os.environ['DATABASE']}", connect_args={"timeout": 30})
sockets: dict[int, set[WebSocket]] = {}
bus = redis.asyncio.Redis(port=int(os.environ["REDIS_PORT"]))


@event.listens_for(engine, "connect")
def make_durable(connection, _):
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


class Base(DeclarativeBase):
    pass


class Notification(Base):
    __tablename__ = "notifications"
    __table_args__ = (Index("unread", "user_id", "is_read"), Index("newest", "user_id", "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    type: Mapped[str] = mapped_column(String(64))
    actor_id: Mapped[int]
    target_type: Mapped[str | None] = mapped_column(String(50))
    target_id: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(255))
    is_read: Mapped[bool] = mapped_column(default=False)
    read_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(timezone.utc))

    def as_json(self):
        return {
            "id": self.id, "user_id": self.user_id, "type": self.type, "actor_id": self.actor_id,
            "target_type": self.target_type, "target_id": self.target_id, "message": self.message,
            "is_read": self.is_read, "created_at": self.created_at.isoformat(),
        }


class Event(BaseModel):
    user_id: int
    type: str
    actor_id: int
    target_type: str | None = None
    target_id: int | None = None
    message: str


def store(what: Event):
    with Session(engine, expire_on_commit=False) as session:
        notification = Notification(**what.model_dump())
        session.add(notification)
        session.commit()
        return notification.as_json()


def unread(user: int):
    with Session(engine) as session:
        rows = session.scalars(
            select(Notification).where(Notification.user_id == user, Notification.is_read.is_(False))
            .order_by(Notification.created_at.desc()).limit(50))
        return [row.as_json() for row in rows]


async def forward():
    """Sends what is published to those who are connected here."""
    async with bus.pubsub() as subscription:
        await subscription.subscribe(CHANNEL)
        async for message in subscription.listen():
            if message["type"] != "message":
                continue
            notification = json.loads(message["data"])
            text = json.dumps({"type": "new_notification", "notification": notification})
            for socket in list(sockets.get(notification["user_id"], ())):
                with contextlib.suppress(Exception):
                    await socket.send_text(text)


@contextlib.asynccontextmanager
async def lifespan(_):
    with contextlib.suppress(OperationalError):  # Another worker was first.
        Base.metadata.create_all(engine)
    task = asyncio.create_task(forward())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.post("/notifications", status_code=201)
async def create(what: Event):
    notification = await run_in_threadpool(store, what)
    await bus.publish(CHANNEL, json.dumps(notification))
    return notification


@app.websocket("/ws/notifications")
async def live(socket: WebSocket, token: str):
    try:
        user = int(jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp"]})["user_id"])
    except (jwt.InvalidTokenError, KeyError, ValueError):
        await socket.close(code=1008)
        return
    await socket.accept()
    sockets.setdefault(user, set()).add(socket)
    try:
        notifications = await run_in_threadpool(unread, user)
        await socket.send_json(
            {"type": "initial_load", "notifications": notifications, "unread_count": len(notifications)})
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        sockets[user].discard(socket)
        if not sockets[user]:
            del sockets[user]
