"""SQL of a site's text messages: sender, registration, price, test codes and phones, milestones."""

from datetime import datetime
from uuid import UUID

from services.onboarding.texting.senders import USUAL_PART, Milestone, OwnPhone, Registration, Sender, Texting
from shared.events.envelope import ContactKind, SealedContact
from shared.runtime.postgres.pool import Transaction


class TextingStore:
    """One transaction's view."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def texting(self, site_id: UUID) -> Texting:
        """All that is stored of a site's text messages."""
        row = await self._tx.fetchrow(
            """
            SELECT s.account_ending, s.from_number, r.state, r.reference, p.hundredths_of_a_cent
              FROM (SELECT $1::uuid AS site_id) AS asked
              LEFT JOIN onboarding.senders AS s ON s.site_id = asked.site_id
              LEFT JOIN onboarding.sender_registrations AS r ON r.site_id = asked.site_id
              LEFT JOIN onboarding.part_prices AS p ON p.site_id = asked.site_id
            """,
            site_id,
        )
        assert row is not None, "one row is asked for"
        passed = await self._tx.fetch("SELECT kind, last_at FROM onboarding.milestones WHERE site_id = $1", site_id)
        price = row["hundredths_of_a_cent"]
        return Texting(
            sender=None if row["from_number"] is None else Sender(row["account_ending"], row["from_number"]),
            registration=Registration(row["state"] or Registration.NOT_STARTED),
            reference=row["reference"] or "",
            phones=await self._phones(site_id),
            milestones={Milestone(each["kind"]): each["last_at"] for each in passed},
            part_price=USUAL_PART if price is None else price,
        )

    async def _phones(self, site_id: UUID) -> tuple[OwnPhone, ...]:
        rows = await self._tx.fetch(
            "SELECT recipient_index, box, proved_at FROM onboarding.test_phones WHERE site_id = $1 ORDER BY proved_at", site_id
        )
        return tuple(
            OwnPhone(SealedContact(kind=ContactKind.PHONE, index=row["recipient_index"], box=row["box"]), row["proved_at"])
            for row in rows
        )

    async def put_sender(self, site_id: UUID, sender: Sender, now: datetime) -> None:
        """Store what a page may show of the carrier account."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.senders (site_id, account_ending, from_number, stored_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (site_id) DO UPDATE
               SET account_ending = excluded.account_ending, from_number = excluded.from_number, stored_at = excluded.stored_at
            """,
            site_id,
            sender.account_ending,
            sender.from_number,
            now,
        )

    async def put_registration(self, site_id: UUID, state: Registration, reference: str, now: datetime) -> None:
        """Store the registration as the merchant reports it."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.sender_registrations (site_id, state, reference, said_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (site_id) DO UPDATE
               SET state = excluded.state, reference = excluded.reference, said_at = excluded.said_at
            """,
            site_id,
            state.value,
            reference,
            now,
        )

    async def put_part_price(self, site_id: UUID, price: int) -> None:
        """Store what a part of a text costs, in hundredths of a US cent."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.part_prices (site_id, hundredths_of_a_cent) VALUES ($1, $2)
                ON CONFLICT (site_id) DO UPDATE SET hundredths_of_a_cent = excluded.hundredths_of_a_cent
            """,
            site_id,
            price,
        )

    async def put_code(self, site_id: UUID, code_hash: str, expires_at: datetime) -> None:
        """Store the one code that counts."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.test_codes (site_id, code_hash, expires_at) VALUES ($1, $2, $3)
                ON CONFLICT (site_id) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at
            """,
            site_id,
            code_hash,
            expires_at,
        )

    async def take_code(self, site_id: UUID, code_hash: str, at: datetime) -> bool:
        """Use a code up. True once, for the code that counts at that moment."""
        taken: bool | None = await self._tx.fetchval(
            """
            DELETE FROM onboarding.test_codes WHERE site_id = $1 AND code_hash = $2 AND expires_at > $3 RETURNING true
            """,
            site_id,
            code_hash,
            at,
        )
        return taken is not None

    async def add_phone(self, site_id: UUID, contact: SealedContact, at: datetime) -> None:
        """Store a phone that sent the code."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.test_phones (site_id, recipient_index, box, proved_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (site_id, recipient_index) DO UPDATE SET box = excluded.box, proved_at = excluded.proved_at
            """,
            site_id,
            contact.index,
            contact.box,
            at,
        )

    async def remove_phone(self, site_id: UUID, index: str) -> None:
        """Remove a test phone: it is like any other again."""
        await self._tx.execute("DELETE FROM onboarding.test_phones WHERE site_id = $1 AND recipient_index = $2", site_id, index)

    async def pass_milestone(self, site_id: UUID, kind: Milestone, at: datetime) -> None:
        """Record when a milestone was passed. The latest time counts, in whichever order they come."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.milestones AS m (site_id, kind, last_at) VALUES ($1, $2, $3)
                ON CONFLICT (site_id, kind) DO UPDATE SET last_at = greatest(m.last_at, excluded.last_at)
            """,
            site_id,
            kind.value,
            at,
        )
