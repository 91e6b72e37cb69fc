"""Emulators without a fault that differ from the reference wherever the documents leave a choice.

They are how the suite is tested for false accusations: whatever a server may do, some profile does, and no
requirement may fail on it. A :class:`~conformance.emulator.profiles.choice.Choice` is one question with the
reference's answer and another one; a profile is a set of choices that go together. All choices are in the
modules of this package, each with its source.
"""

from __future__ import annotations

from conformance.emulator.profiles import (
    accepting,
    admitting,
    answering,
    clearing,
    deploying,
    refusing,
    updating,
    wording,
)
from conformance.emulator.profiles.choice import CHOICES, Choice, Profile

__all__ = ["CHOICES", "PROFILES", "Choice", "Profile"]

_PROFILES = (
    Profile(
        name="alternate",
        sentence="The other choice wherever the documents leave one; strict with odd requests.",
        chosen=(
            answering.ClusterAsName,
            answering.EmptyLists,
            answering.VariablesAsSent,
            answering.ManagedGroupFirst,
            answering.WholeSeconds,
            answering.StatusReason,
            answering.PrivateIngress,
            answering.TagsOnCreate,
            answering.TagsReversed,
            updating.OtherDefaults,
            updating.OtherIdentifiers,
            updating.StructuresReplaced,
            updating.NoChangeNoRevision,
            updating.EmptyUpdateRefused,
            updating.UpdatedAtKept,
            updating.TaskDefinitionKept,
            updating.CustomerForgotten,
            updating.SizesConverted,
            clearing.EmptyRefused,
            accepting.ShortNames,
            accepting.CreateIdempotent,
            accepting.RevisionRequired,
            refusing.NotFoundIsInvalid,
            refusing.InvalidIsClient,
            refusing.ModelledIsValidation,
            refusing.DeletedIsGone,
            refusing.ForeignRoleIsClient,
            refusing.UnknownMembersRefused,
            admitting.CallersForbidden,
            wording.NamespacedErrors,
            wording.UnknownIsNotFound,
            wording.LowerCaseHeaders,
            wording.SpaciousJson,
            wording.ClosedConnections,
            wording.StrictReading,
            wording.LargeBodiesRefused,
        ),
    ),
    Profile(
        name="lenient",
        sentence="Takes whatever no document rules out; empty values clear, deleted services drain at once.",
        chosen=(
            answering.ClusterAsNameInUpdates,
            answering.EmptyListsInDescribe,
            answering.VariablesReversed,
            answering.FineSeconds,
            answering.ClockBehind,
            answering.NoConfigurationsOfInactive,
            updating.VariablesMerged,
            updating.SizesAdjusted,
            updating.CustomerStays,
            clearing.EmptyClears,
            accepting.RangesUnchecked,
            accepting.SizesUnchecked,
            accepting.RolesUnchecked,
            accepting.NamesUnchecked,
            refusing.UnknownClusterIsUnknownService,
            refusing.DeletedIsInvalid,
            refusing.OrdinaryIsClient,
            admitting.CallersUnchecked,
            wording.MarkedErrors,
            wording.LenientReading,
            wording.TypesConverted,
        ),
        drain_seconds=0.0,
    ),
    Profile(
        name="rolling",
        sentence="Deployments take their time and overlap, and much appears only later; draining takes long.",
        chosen=(
            answering.ManagedGroupLater,
            answering.IngressLater,
            deploying.ThreeRevisions,
            deploying.NoConfigurationsAtFirst,
            deploying.UpdatedAtOfSettling,
            clearing.EmptyIgnored,
            wording.Exponents,
        ),
        drain_seconds=30.0,
        deployment_seconds=0.3,
    ),
    Profile(
        name="refused-while-deploying",
        sentence="Updates are refused while a deployment is in flight.",
        chosen=(deploying.RefusedWhileDeploying, deploying.OldestFirst, answering.InactiveConfigurations),
        deployment_seconds=0.03,
    ),
    Profile(
        name="sparse",
        sentence="Answers have no more than they must: an update's, what was asked for.",
        chosen=(
            answering.TargetAsAsked,
            answering.NoConfigurationsOfInactive,
            answering.DeleteAnswersBefore,
            answering.SparseDescribe,
            updating.HiddenDefaults,
            refusing.VariablesComplete,
        ),
    ),
    Profile(
        name="terse",
        sentence="The answer to an update names the service, and has nothing else.",
        chosen=(answering.TerseUpdates,),
    ),
    Profile(
        name="stale-reads",
        sentence="Some Describes show what was a moment ago.",
        chosen=(deploying.StaleReads,),
    ),
    Profile(
        name="rolled-back",
        sentence="The deployment of every update fails, and the service goes back to what it was.",
        chosen=(deploying.RolledBack,),
        deployment_seconds=0.1,
    ),
    Profile(
        name="throttled",
        sentence="Some requests are refused for their rate.",
        chosen=(refusing.Throttled,),
    ),
    Profile(
        name="aws-like",
        sentence="What is seen of the real service, load balancers included, in a hundredth of the time.",
        chosen=(
            answering.EmptyListsInDescribe,
            answering.ManagedGroupLater,
            updating.GuideDefaults,
            updating.UpdatedAtKept,
            deploying.NewestThenOthers,
            deploying.StaleReads,
            refusing.UnknownServiceIsInvalid,
        ),
        # Seen: four minutes and more for a deployment, one until a service is INACTIVE, ten until all that
        # was made for it is gone. Rates are not published; five changes a second are few.
        drain_seconds=0.6,
        deployment_seconds=2.4,
        removal_seconds=5.4,
        changes_per_second=500.0,
        surroundings=True,
    ),
    Profile(
        name="unobserved",
        sentence="What public observations of the real service speak against, and no document does.",
        chosen=(updating.ContainerReplaced, answering.NothingDerived, refusing.ZeroTasksRefused),
    ),
)

PROFILES: dict[str, Profile] = {profile.name: profile for profile in _PROFILES}
"""All profiles by name."""
