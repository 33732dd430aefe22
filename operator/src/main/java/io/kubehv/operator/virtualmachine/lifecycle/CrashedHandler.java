package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.pod.BackOff;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.AutomaticStarts;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** QEMU died, or the pod was taken away before it could be shut down: started again, at once the first time. */
public final class CrashedHandler implements LifecycleHandler {
    /** A VM that ran so long is well: its next end is a first one again. */
    private static final Duration WELL = Duration.ofMinutes(10);

    /** How long after QEMU a daemon may tell of its end; one that was itself restarted tells nothing. */
    private static final Duration DAEMONS_WORD = Duration.ofSeconds(3);

    private static final int KILLED = 128;

    @Override
    public Plan plan(Observed observed, Intent intent) {
        if (intent == Intent.CLEAR) {
            return Cleared.off(observed);
        }
        PodFacts pod = observed.podFacts().orElseThrow();
        Optional<Plan> daemonsWord = awaitDaemon(observed, pod);
        if (daemonsWord.isPresent()) {
            return daemonsWord.get();
        }
        boolean withNode = AutomaticStarts.wentWithNode(observed, pod);
        if (withNode) {
            Optional<Plan> hold = AutomaticStarts.hold(
                    observed, observed.resumable() ? VirtualMachineState.SAVED : VirtualMachineState.OFF);
            if (hold.isPresent()) {
                return hold.get();
            }
        }
        int crashes = (pod.ran(LauncherPod.CONTAINER).compareTo(WELL) >= 0 ? 0 : LauncherPod.crashes(pod)) + 1;
        Instant due = pod.endedAt(LauncherPod.CONTAINER).plus(BackOff.after(crashes - 1));
        String story = withNode ? "its node " + pod.nodeName().orElse("") + " went down" : story(pod);
        if (observed.now().isBefore(due)) {
            Duration wait = Duration.between(observed.now(), due);
            return Plan.of(
                            observed.resumable() ? VirtualMachineState.SAVED : VirtualMachineState.OFF,
                            Verdict.no(
                                    Reason.RESTARTING,
                                    story + "; it ended " + crashes + " times in a row and starts again at " + due))
                    .lookAgain(wait);
        }
        Plan start = Starts.anew(observed, observed.resumable(), crashes);
        return start.start().isEmpty()
                ? start
                : new Plan(
                        start.state(),
                        Verdict.no(Reason.RESTARTING, story + "; it is started again"),
                        start.actions(),
                        start.again());
    }

    /** The kubelet may see the end before the daemon has told whether the guest had shut down. */
    private static Optional<Plan> awaitDaemon(Observed observed, PodFacts pod) {
        Duration left = Duration.between(
                observed.now(), pod.endedAt(LauncherPod.CONTAINER).plus(DAEMONS_WORD));
        boolean mayCome = !pod.disrupted() && !pod.endedUnseen() && !observed.daemonHasLetGo();
        return mayCome && left.isPositive()
                ? Optional.of(Plan.of(
                                null,
                                Verdict.no(
                                        Reason.RESTARTING,
                                        story(pod) + "; its node's daemon is to say whether its guest had shut down"))
                        .lookAgain(left))
                : Optional.empty();
    }

    private static String story(PodFacts pod) {
        String words = pod.lastWords(LauncherPod.CONTAINER);
        String end = pod.ended(LauncherPod.CONTAINER)
                .map(state -> {
                    int code = state.getExitCode() == null ? -1 : state.getExitCode();
                    if ("OOMKilled".equals(state.getReason())) {
                        return "QEMU was killed for want of memory";
                    }
                    return code > KILLED
                            ? "QEMU was killed by signal " + (code - KILLED)
                            : "QEMU ended with exit code " + code;
                })
                .orElse("the pod ended");
        return words.isEmpty() ? end : end + " (" + words + ")";
    }
}
