package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.AutomaticStart;
import io.kubehv.api.v1alpha1.AutomaticStartAction;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * VMs that should run and ended with their node: whether and when they start again. That a VM's node went down is kept in
 * its status until it runs, as nothing else may be left that tells of it. Pure.
 */
public final class AutomaticStarts {
    /** How a VM that stays off is started. */
    public static final String HOW_TO_START = "annotate it with " + KubeHV.RESTARTED_AT_ANNOTATION
            + "=<the time now>, or set powerState to Off and then to Running";

    /** How long a node may take to come back, and a VM to run before which others wait. */
    static final Duration PATIENCE = Duration.ofMinutes(5);

    /** By then a node that came back has told of all of its VMs. */
    private static final Duration SETTLED = Duration.ofSeconds(10);

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(3);

    private static final Set<VirtualMachineState> NEVER_RAN =
            EnumSet.of(VirtualMachineState.OFF, VirtualMachineState.STARTING);

    private AutomaticStarts() {}

    /** What the status says from now on; empty for a VM whose node did not go down, or that runs again. */
    public static Optional<AutomaticStart> status(Observed observed) {
        if (!shouldRun(observed.machine()) || runs(observed)) {
            return Optional.empty();
        }
        Optional<AutomaticStart> known = observed.status().map(VirtualMachineStatus::automaticStart);
        Optional<String> lost = observed.podFacts()
                .filter(pod -> wentWithNode(observed, pod) || restartedSinceItsEnd(observed, pod))
                .filter(pod -> known.filter(before -> isOf(before, pod)).isEmpty())
                .flatMap(PodFacts::nodeName)
                .or(() -> lostWithoutTrace(observed, known.isPresent()));
        return lost.map(node -> new AutomaticStart(node, observed.now().toString()))
                .or(() -> known);
    }

    /** Whether its pod ended because its node did, in order or not. */
    public static boolean wentWithNode(Observed observed, PodFacts pod) {
        // Its state is what we say since then, so what was seen first counts.
        boolean ran = observed.state().filter(NEVER_RAN::contains).isEmpty()
                || observed.status()
                        .map(VirtualMachineStatus::automaticStart)
                        .filter(known -> isOf(known, pod))
                        .isPresent();
        return pod.shutDownWithNode()
                || (pod.endedByKubelet() && !readySinceBefore(observed, pod))
                || pod.endedUnseen()
                || (pod.notAdmitted() && ran)
                || (pod.deleting() && pod.nodeLost());
    }

    /** Whether its node was ready then and is still: a node that shuts down says first that it is not. */
    private static boolean readySinceBefore(Observed observed, PodFacts pod) {
        Instant ready = observed.node().readySince();
        return ready != null && ready.isBefore(pod.endedAt(LauncherPod.CONTAINER));
    }

    /** Its guest had shut down, and its node was restarted since, which is to start it too. */
    public static boolean restartedSinceItsEnd(Observed observed, PodFacts pod) {
        Instant booted = observed.node().bootedAt();
        return action(observed.machine()) == AutomaticStartAction.Action.START
                && observed.wasShutDown(pod)
                && booted != null
                && pod.endedAt(LauncherPod.CONTAINER).isBefore(booted);
    }

    private static boolean isOf(AutomaticStart known, PodFacts pod) {
        return !Instant.parse(pod.pod().getMetadata().getCreationTimestamp()).isAfter(since(known));
    }

    /** Its node was lost, and then somebody took the pod away. */
    private static Optional<String> lostWithoutTrace(Observed observed, boolean known) {
        boolean lost =
                !known && observed.pod() == null && observed.readyReason().equals(Reason.NODE_LOST.text());
        return lost ? observed.status().map(VirtualMachineStatus::nodeName) : Optional.empty();
    }

    /** What a VM that ended with its node waits for, or why it does not start at all; empty: it may start now. */
    public static Optional<Plan> hold(Observed observed, VirtualMachineState meanwhile) {
        Optional<AutomaticStart> down = status(observed);
        if (down.isEmpty() || startAsked(observed)) {
            return Optional.empty();
        }
        String story = "its node " + down.get().nodeName() + " went down";
        if (action(observed.machine()) == AutomaticStartAction.Action.NOTHING) {
            return Optional.of(Plan.of(
                    meanwhile,
                    Verdict.no(
                            Reason.NODE_RESTARTED,
                            story + " and automaticStartAction is Nothing; to start it, " + HOW_TO_START)));
        }
        return wait(observed, down.get())
                .map(until -> Plan.of(
                                meanwhile, Verdict.no(Reason.AWAITING_AUTOMATIC_START, story + "; it starts " + until))
                        .lookAgain(LOOK_AGAIN));
    }

    private static Optional<String> wait(Observed observed, AutomaticStart down) {
        Duration delay = delay(observed.machine());
        boolean ordered = order(observed.machine()) > 0;
        if (delay.isZero() && !ordered) {
            // At once, and elsewhere if its node stays away.
            return Optional.empty();
        }
        Instant ready = observed.node().readySince();
        if (ready == null && observed.now().isBefore(since(down).plus(PATIENCE))) {
            return Optional.of("when that is ready again" + (delay.isZero() ? "" : " for " + text(delay))
                    + ", or elsewhere after " + PATIENCE.toMinutes() + " minutes");
        }
        Instant due = due(down, ready, delay);
        if (observed.now().isBefore(due)) {
            return Optional.of("at " + due);
        }
        if (!ordered) {
            return Optional.empty();
        }
        if (!observed.node().ahead().isEmpty()) {
            return Optional.of("when these VMs run, which come before it: "
                    + String.join(", ", observed.node().ahead()));
        }
        return observed.now().isBefore(due.plus(SETTLED))
                ? Optional.of("when no VM comes before it")
                : Optional.empty();
    }

    /** Whether a VM that ended with the same node is to start before {@code machine} and may still be waited for. */
    static boolean isAhead(VirtualMachine other, VirtualMachine machine, @Nullable Instant readySince, Instant now) {
        AutomaticStart down =
                other.getStatus() == null ? null : other.getStatus().automaticStart();
        return down != null
                && order(other) < order(machine)
                && shouldRun(other)
                && action(other) != AutomaticStartAction.Action.NOTHING
                && now.isBefore(due(down, readySince, delay(other)).plus(PATIENCE));
    }

    private static Instant due(AutomaticStart down, @Nullable Instant readySince, Duration delay) {
        Instant since = since(down);
        return (readySince != null && readySince.isAfter(since) ? readySince : since).plus(delay);
    }

    /** Whether a start was asked for after the VM's end. */
    public static boolean startAsked(Observed observed) {
        String asked = observed.annotation(KubeHV.RESTARTED_AT_ANNOTATION);
        if (asked.isEmpty()) {
            return false;
        }
        return observed.podFacts()
                .map(observed::restartAsked)
                .orElseGet(() -> observed.conditions()
                        .get(ConditionTypes.READY)
                        .map(ready -> isAfter(asked, ready.getLastTransitionTime()))
                        .orElse(false));
    }

    private static boolean isAfter(String asked, String ended) {
        try {
            return OffsetDateTime.parse(asked).toInstant().isAfter(Instant.parse(ended));
        } catch (DateTimeException e) {
            // Not a time: it can't be told whether it was meant before or after the end, so the VM stays as it is.
            return false;
        }
    }

    private static boolean shouldRun(VirtualMachine machine) {
        PowerState wanted = machine.getSpec().powerState();
        return wanted == null || wanted == PowerState.RUNNING || wanted == PowerState.PAUSED;
    }

    private static boolean runs(Observed observed) {
        return Lifecycle.of(observed) == Lifecycle.UP
                && observed.state()
                        .filter(state -> state == VirtualMachineState.RUNNING || state == VirtualMachineState.PAUSED)
                        .isPresent();
    }

    private static AutomaticStartAction.Action action(VirtualMachine machine) {
        return Optional.ofNullable(machine.getSpec().automaticStartAction())
                .map(AutomaticStartAction::action)
                .orElse(AutomaticStartAction.Action.START_IF_RUNNING);
    }

    private static Duration delay(VirtualMachine machine) {
        return Optional.ofNullable(machine.getSpec().automaticStartAction())
                .map(AutomaticStartAction::delay)
                .map(text -> Duration.parse("PT" + text.toUpperCase(Locale.ROOT)))
                .orElse(Duration.ZERO);
    }

    private static int order(VirtualMachine machine) {
        return Optional.ofNullable(machine.getSpec().automaticStartAction())
                .map(AutomaticStartAction::order)
                .orElse(0);
    }

    private static Instant since(AutomaticStart down) {
        return down.since() == null ? Instant.EPOCH : Instant.parse(down.since());
    }

    private static String text(Duration delay) {
        return delay.toSeconds() + " s";
    }
}
