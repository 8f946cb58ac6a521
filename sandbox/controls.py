"""The simulator's own controls: what fails, what kind of platform an account meets, and what really happened."""

from kernel.database import Connection, Database
from sandbox.fault_repository import FaultRepository
from sandbox.faults import FaultKind, Platform, draw, parse_likelihoods
from sandbox.kind_repository import KindRepository
from sandbox.kinds import Kind, parse_kinds
from sandbox.repository import Repository
from sandbox.schemas import ControlState, Effects, EffectView, FaultOrder, Faults, KindOrder, Kinds
from sandbox.settings import SandboxSettings


class Controls:
    def __init__(self, database: Database, settings: SandboxSettings) -> None:
        self._database = database
        self._likelihoods = parse_likelihoods(settings.faults)
        self._kinds = parse_kinds(settings.kinds)

    async def put_fault(self, account: str | None, order: FaultOrder) -> Faults:
        """Strike the next requests of an account, or of every account."""
        async with self._database.system() as connection:
            faults = FaultRepository(connection)
            await faults.put(account, order)
            return Faults(faults=await faults.waiting(account))

    async def strike(self, account: str, service: Platform, method: str) -> FaultKind | None:
        """The fault that this request runs into: one that waits for it, or one by chance."""
        async with self._database.system() as connection:
            waiting = await FaultRepository(connection).take(account, service, method)
        return waiting or draw(self._likelihoods, service, method)

    async def put_kind(self, account: str | None, order: KindOrder) -> Kinds:
        """Set what kind of platform an account meets, or every account that has nothing of its own."""
        async with self._database.system() as connection:
            kinds = KindRepository(connection)
            if order.kind is None:
                await kinds.remove(account, order.service)
            else:
                await kinds.put(account, order.service, order.kind)
            return Kinds(kinds=await self._met(connection, account or ""))

    async def kind(self, account: str, service: Platform) -> Kind:
        """What kind of platform an account meets."""
        async with self._database.system() as connection:
            kinds = await self._met(connection, account)
        return kinds.get(service, "honouring")

    async def effects(self, account: str, key: str | None) -> Effects:
        """What writes changed for an account, in order; with `key`, under that idempotency key."""
        async with self._database.transaction(account) as connection:
            effects = await Repository(connection, account).effects(key)
        return Effects(effects=[EffectView.model_validate(effect, from_attributes=True) for effect in effects])

    async def state(self, account: str) -> ControlState:
        """How much an account has here, the faults that wait for it, and the kinds of platforms it meets."""
        async with self._database.transaction(account) as connection:
            counts = await Repository(connection, account).counts()
            faults = await FaultRepository(connection).waiting(account)
            kinds = await self._met(connection, account)
        return ControlState.model_validate({"account": account, "faults": faults, "kinds": kinds, **counts})

    async def _met(self, connection: Connection, account: str) -> dict[Platform, Kind]:
        """The kinds that were set for an account, for every account, or by the settings: the first that says so."""
        return {**self._kinds, **await KindRepository(connection).of(account)}
