package io.kubehv.operator.virtualharddisk.phase;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.pod.BackOff;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.DiskAction;
import io.kubehv.operator.virtualharddisk.DiskPlan;
import io.kubehv.operator.virtualharddisk.ObservedDisk;
import io.kubehv.operator.virtualharddisk.dependent.ImportPod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** The pod that filled it has ended: it is filled, or another attempt follows, later each time. */
public final class EndedHandler implements PhaseHandler {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** While it waits: a referenced Secret is not watched, so it is looked at. */
    private static final Duration REFERENCES = Duration.ofSeconds(10);

    @Override
    public DiskPlan plan(ObservedDisk observed) {
        PodFacts pod = observed.podFacts().orElseThrow();
        if (pod.succeeded() && ImportPod.current(observed, pod)) {
            return DiskPlan.of(
                    VirtualHardDiskPhase.READY,
                    Verdict.yes(Reason.READY, "it can be attached"),
                    new DiskAction.MarkFilled(Objects.requireNonNull(observed.claim())),
                    new DiskAction.DeletePod(pod.pod()));
        }
        if (!ImportPod.current(observed, pod)) {
            return again(observed, pod, 1);
        }
        int failures = ImportPod.attempt(pod);
        Instant due = pod.endedAt(ImportPod.CONTAINER).plus(BackOff.after(failures));
        if (!observed.now().isBefore(due)) {
            return again(observed, pod, failures + 1);
        }
        Duration wait = Duration.between(observed.now(), due);
        boolean references = !observed.referenced().isEmpty() && wait.compareTo(REFERENCES) > 0;
        return DiskPlan.of(VirtualHardDiskPhase.FAILED, failure(pod, due))
                .after(failures)
                .lookAgain(references ? REFERENCES : wait);
    }

    private static DiskPlan again(ObservedDisk observed, PodFacts pod, int attempt) {
        DiskPlan start = Imports.start(observed, attempt);
        if (observed.disk().getSpec().parent() != null) {
            start = Clones.check(observed).orElse(start);
        }
        return new DiskPlan(
                        start.phase(),
                        start.ready(),
                        attempt - 1,
                        List.of(new DiskAction.DeletePod(pod.pod())),
                        start.again())
                .and(start.actions());
    }

    private static Verdict failure(PodFacts pod, Instant due) {
        String words = pod.lastWords(ImportPod.CONTAINER);
        String next = "; the next attempt is at " + due;
        try {
            JsonNode told = JSON.readTree(words);
            if (told != null && told.path("reason").isTextual()) {
                return Verdict.no(
                        told.path("reason").asText(), told.path("message").asText() + next);
            }
        } catch (JsonProcessingException e) {
            // The importer did not get to its own words: it was killed. What the kubelet says is passed on.
            return Verdict.no(Reason.IMPORT_FAILED, "the import was ended: " + words + next);
        }
        return Verdict.no(Reason.IMPORT_FAILED, "the import was ended" + (words.isEmpty() ? "" : ": " + words) + next);
    }
}
