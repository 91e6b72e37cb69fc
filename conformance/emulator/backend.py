"""The four operations on Express services of one account and Region. No HTTP and no moto in here.

A request is judged completely before anything changes; then one frozen record takes another's place. So a
refused request leaves no trace, a reader never sees half an update, and concurrent updates of different
members are all kept.
"""

from __future__ import annotations

from dataclasses import replace
from threading import RLock
from typing import Any

from conformance import model
from conformance.emulator import naming
from conformance.emulator.answers import Answers
from conformance.emulator.configuration import DERIVED, Merger
from conformance.emulator.errors import (
    Refusal,
    access_denied,
    cluster_not_found,
    invalid,
    not_active,
    resource_not_found,
    service_not_found,
    unknown_operation,
)
from conformance.emulator.records import Change, Members, Neighbours, Place, Revision, Service, Timing
from conformance.emulator.validation import Rules

# Real accounts keep every managed task definition; a few are enough to look at, and memory stays flat.
KEPT_TASK_DEFINITIONS = 10


class Backend:
    """Express services and what can be done with them.

    Attributes:
        place: the account and Region whose services these are.
        neighbours: clusters, task definitions and tags around them.
        rules: what makes a request valid.
        merger: what a valid request leads to.
        answers: how it is shown.
        timing: how long things take.
        services: all services ever created, by ARN; inactive ones stay to be described.
        roles: when each role was first asked for, by ARN; only noted if that matters.
        lock: held by whoever changes something.
    """

    def __init__(
        self,
        *,
        place: Place,
        neighbours: Neighbours,
        rules: Rules,
        merger: Merger,
        answers: Answers,
        timing: Timing,
    ) -> None:
        self.place = place
        self.neighbours = neighbours
        self.rules = rules
        self.merger = merger
        self.answers = answers
        self.timing = timing
        self.services: dict[str, Service] = {}
        self.roles: dict[str, float] = {}
        self.lock = RLock()

    def perform(self, operation: str, request: Members) -> dict[str, Any]:
        """The answer to a request.

        Raises:
            Refusal: the request is answered with an error and has changed nothing.
        """
        match operation:
            case model.CREATE:
                return self.create(request)
            case model.OPERATION:
                return self.update(request)
            case model.DESCRIBE:
                return self.describe(request)
            case model.DELETE:
                return self.delete(request)
            case _:
                raise unknown_operation()

    def create(self, request: Members) -> dict[str, Any]:
        """CreateExpressGatewayService: the service is ACTIVE at once, its infrastructure comes later."""
        self.rules.create(request)
        cluster = self.rules.cluster_name(request.get("cluster", "default"))
        name = request.get("serviceName") or naming.service_name(request)
        with self.lock:
            self.check_cluster(cluster)
            self.check_vacant(cluster, name)
            self.check_roles(request)
            configuration, customer = self.first_configuration(cluster, name, request)
            service = self.new_service(cluster, name, request, configuration, customer)
            self.services[service.arn] = service
            self.neighbours.announce(service, request.get("tags", []))
        return self.answers.created(service)

    def update(self, request: Members) -> dict[str, Any]:
        """UpdateExpressGatewayService: a new service revision, whatever the request changes."""
        self.rules.update(request)
        with self.lock:
            service = self.find(request["serviceArn"], missing=service_not_found())
            self.check_active(service)
            self.check_roles(request)
            service = self.apply(self.plan(service, request))
        return self.answers.updated(service)

    def describe(self, request: Members) -> dict[str, Any]:
        """DescribeExpressGatewayService, in any status."""
        self.rules.describe(request)
        service = self.find(request["serviceArn"], missing=resource_not_found())
        if self.timing.unknown_seconds:
            self.check_known(service)
        with_tags = "TAGS" in request.get("include", [])
        return self.answers.described(service, self.neighbours.tags(service) if with_tags else None)

    def delete(self, request: Members) -> dict[str, Any]:
        """DeleteExpressGatewayService: DRAINING from now on, then INACTIVE, and no way back."""
        self.rules.delete(request)
        with self.lock:
            service = self.find(request["serviceArn"], missing=service_not_found())
            self.check_active(service)
            service = replace(service, deleted_at=self.timing.clock())
            self.services[service.arn] = service
        return self.answers.deleted(service)

    def find(self, arn: str, *, missing: Refusal) -> Service:
        """The service of an ARN, in any status.

        Raises:
            Refusal: the ARN is not one of this place, or its cluster or service does not exist.
        """
        cluster, name = self.rules.service_arn(arn)
        if service := self.services.get(arn):
            return service
        if not self.neighbours.has_cluster(cluster):
            raise cluster_not_found()
        if self.neighbours.has_ordinary_service(cluster, name):
            raise invalid("The service is not an Express service.")
        raise missing

    def check_active(self, service: Service) -> None:
        """A deleted service can be neither updated nor deleted again."""
        status_code = service.status_code(self.timing)
        if status_code != "ACTIVE":
            raise not_active(status_code)

    def check_cluster(self, cluster: str) -> None:
        """The cluster of a new service exists; ``default`` does by definition."""
        if cluster != "default" and not self.neighbours.has_cluster(cluster):
            raise cluster_not_found()

    def check_vacant(self, cluster: str, name: str) -> None:
        """A name is unique in its cluster, and free again when its service is INACTIVE.

        Messages: DRAINING as seen in public, ACTIVE as CreateService has it.
        """
        service = self.services.get(self.place.arn(f"service/{cluster}/{name}"))
        status_code = service.status_code(self.timing) if service else "INACTIVE"
        if status_code == "DRAINING":
            raise invalid("Unable to Start a service that is still Draining.")
        if status_code == "ACTIVE" or self.neighbours.has_ordinary_service(cluster, name):
            raise invalid("Creation of service was not idempotent.")

    def check_roles(self, request: Members) -> None:
        """A role that was made a moment ago cannot be assumed yet; here, one that is used for the first time.

        Class and message are matched by the Terraform provider, which then tries again
        (express_gateway_service.go).
        """
        now, seconds = self.timing.clock(), self.timing.role_seconds
        if not seconds:
            return
        for member in ("infrastructureRoleArn", "executionRoleArn"):
            if member in request and now - self.roles.setdefault(request[member], now) < seconds:
                raise access_denied(f"Cannot assume role {request[member]}.")

    def check_known(self, service: Service) -> None:
        """ECS is eventually consistent (API reference, RunTask): a new service may not be found at once."""
        if self.timing.clock() - service.created_at < self.timing.unknown_seconds:
            raise resource_not_found()

    def first_configuration(self, cluster: str, name: str, request: Members) -> tuple[Members, str | None]:
        """The configuration of a new service and the customer's task definition, if it is given one."""
        network = request.get("networkConfiguration", {})
        base = self.merger.defaults([] if "subnets" in network else self.neighbours.default_subnets())
        customer, task = None, self.merger.task_defaults(naming.log_group(cluster, name))
        if "taskDefinitionArn" in request:
            customer, task = self.customer_task(request["taskDefinitionArn"])
        configuration = self.merger.merge({**base, **task}, self.merger.changes(request))
        self.rules.whole(configuration, managed=customer is None)
        return configuration, customer

    def new_service(
        self, cluster: str, name: str, request: Members, configuration: Members, customer: str | None
    ) -> Service:
        """A service that does not exist yet, with its first revision."""
        if cluster == "default":
            self.neighbours.create_default_cluster()
        definition = customer or self.register(cluster, name, configuration)
        target = self.new_revision(cluster, name, configuration, definition, managed=customer is None)
        return Service(
            arn=self.place.arn(f"service/{cluster}/{name}"),
            cluster=cluster,
            name=name,
            infrastructure_role=request["infrastructureRoleArn"],
            endpoint=naming.endpoint(self.place, name),
            managed_group=naming.managed_group(),
            created_at=target.created_at,
            updated_at=target.created_at,
            target=target,
            deployment=naming.deployment_arn(self.place, cluster, name),
            task_definitions=() if customer else (definition,),
        )

    def plan(self, service: Service, request: Members) -> Change:
        """What a valid update leads to. It starts from what is, so what is left out stays.

        The documents do not say how a service leaves a customer's task definition. Here any member that
        belongs in a task definition makes it managed again, starting from what the customer's one said.
        """
        base, customer = service.target.configuration, None
        if "taskDefinitionArn" in request:
            customer, task = self.customer_task(request["taskDefinitionArn"])
            base = {**self.merger.own(base), **task}
        elif not service.target.managed and DERIVED.isdisjoint(request):
            customer = service.target.task_definition
        elif not service.target.managed:
            defaults = self.merger.task_defaults(naming.log_group(service.cluster, service.name))
            base = self.merger.merge(defaults, base)
        configuration = self.merger.merge(base, self.merger.changes(request))
        self.rules.whole(configuration, managed=customer is None)
        return Change(
            service=service,
            request=request,
            configuration=configuration,
            customer_task_definition=customer,
        )

    def apply(self, change: Change) -> Service:
        """Let a change take effect: a new revision becomes the target."""
        old, customer = change.service, change.customer_task_definition
        definition = customer or self.register(old.cluster, old.name, change.configuration)
        target = self.new_revision(
            old.cluster, old.name, change.configuration, definition, managed=customer is None
        )
        service = replace(
            old,
            updated_at=target.created_at,
            target=target,
            former=old.settled(self.timing),
            deployment=naming.deployment_arn(self.place, old.cluster, old.name),
            task_definitions=(*old.task_definitions, *(() if customer else (definition,))),
        )
        self.services[service.arn] = service = self.forget_superseded(service)
        return service

    def new_revision(
        self, cluster: str, name: str, configuration: Members, task_definition: str, *, managed: bool
    ) -> Revision:
        """A revision of its own, whether or not it differs from the one before."""
        return Revision(
            arn=naming.revision_arn(self.place, cluster, name),
            created_at=self.timing.clock(),
            configuration=configuration,
            task_definition=task_definition,
            managed=managed,
        )

    def customer_task(self, arn: str) -> tuple[str, dict[str, Any]]:
        """A customer's task definition, by its full ARN, and what it says."""
        found = self.neighbours.task_definition(*self.rules.task_definition_arn(arn))
        definition = self.rules.known_task_definition(found)
        main = self.rules.main_container(definition)
        return definition["taskDefinitionArn"], self.merger.derived(definition, main)

    def register(self, cluster: str, name: str, configuration: Members) -> str:
        """A managed task definition for a configuration; the family's form is seen in public."""
        return self.neighbours.register(self.merger.task_definition(f"{cluster}-{name}", configuration))

    def forget_superseded(self, service: Service) -> Service:
        """Drop managed task definitions beyond the newest few, except the one that carries the traffic."""
        in_use = {revision.task_definition for revision in (service.target, service.former) if revision}
        newest = service.task_definitions[-KEPT_TASK_DEFINITIONS:]
        old = service.task_definitions[:-KEPT_TASK_DEFINITIONS]
        for definition in old:
            if definition not in in_use:
                self.neighbours.forget(definition)
        return replace(service, task_definitions=(*(each for each in old if each in in_use), *newest))
