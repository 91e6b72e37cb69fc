"""Why no requirement can carry a sentence, where several sentences share the reason."""

from __future__ import annotations

REAL_TASKS = "Only real tasks behind a load balancer can show it; no answer of the operation does."
OTHER_OPERATION = "It tells the reader of something else and asks nothing of this operation."
CREATION = "It is about the creation of a service; an update keeps what it leaves out, whatever that is."
CONTRADICTED = "It is a default of creation, and the documents of AWS give different values for it."
THE_ACCOUNT = "Only the account knows what exists in it and what its roles allow."
