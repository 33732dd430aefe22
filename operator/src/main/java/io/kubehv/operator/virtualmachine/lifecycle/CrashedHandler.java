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

    private static final int KILLED = 128;

    @Override
    public Plan plan(Observed observed, Intent intent) {
        if (intent == Intent.CLEAR) {
            return Cleared.off(observed);
        }
        PodFacts pod = observed.podFacts().orElseThrow();
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
