package io.kubehv.operator.virtualmachine.lifecycle;

import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.Intent;
import io.kubehv.operator.virtualmachine.Observed;
import io.kubehv.operator.virtualmachine.Plan;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import java.util.Objects;

/** The launcher refused the definition: another try with the same one would end the same way. */
public final class UnfitHandler implements LifecycleHandler {
    @Override
    public Plan plan(Observed observed, Intent intent) {
        if (intent == Intent.CLEAR) {
            return Cleared.off(observed);
        }
        if (changed(observed)) {
            return Starts.anew(observed, observed.resumable(), 0);
        }
        return Plan.of(VirtualMachineState.CRITICAL, Verdict.no(Reason.CANNOT_RUN, words(observed)));
    }

    private static boolean changed(Observed observed) {
        return observed.podFacts()
                .map(pod -> !generation(observed).equals(pod.annotation(LauncherPod.GENERATION_ANNOTATION))
                        || !pod.annotation(KubeHV.RESTARTED_AT_ANNOTATION)
                                .equals(observed.annotation(KubeHV.RESTARTED_AT_ANNOTATION)))
                .orElseGet(() -> observed.conditions()
                        .get(ConditionTypes.READY)
                        .map(ready -> !Objects.equals(
                                ready.getObservedGeneration(),
                                observed.machine().getMetadata().getGeneration()))
                        .orElse(true));
    }

    private static String generation(Observed observed) {
        return String.valueOf(observed.machine().getMetadata().getGeneration());
    }

    private static String words(Observed observed) {
        String said = observed.podFacts()
                .map(pod -> pod.lastWords(LauncherPod.CONTAINER))
                .orElse("");
        String kept = observed.conditions()
                .get(ConditionTypes.READY)
                .filter(ready -> Reason.CANNOT_RUN.text().equals(ready.getReason()))
                .map(ready -> ready.getMessage())
                .orElse("it can't run as it is defined");
        return said.isEmpty() ? kept : said;
    }
}
