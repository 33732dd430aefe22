package io.kubehv.e2e.bench;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.e2e.Laboratory;
import io.kubehv.e2e.bench.Timeline.Mark;
import java.time.Instant;

/**
 * A guest's boot in its pod's log, which notes the time of each line. The prompt itself is no whole line; the tiny guest
 * prints a line that says how to log in in the same breath.
 */
final class BootLog {
    private static final String PROMPT = "login:";

    private BootLog() {}

    /** Adds what the log knows by now; true when the guest is at its prompt. */
    static boolean atLogin(Timeline timeline, Laboratory laboratory, String pod) {
        // Not lines(): a guest's carriage return ends no line of the log.
        for (String line : read(laboratory, pod).split("\n", -1)) {
            if (line.isEmpty()) {
                continue;
            }
            Instant at = Instant.parse(line.split(" ", 2)[0]);
            timeline.mark(Mark.FIRST_BYTE, at);
            if (line.contains(PROMPT)) {
                timeline.mark(Mark.LOGIN, at);
            }
        }
        return timeline.has(Mark.LOGIN);
    }

    private static String read(Laboratory laboratory, String pod) {
        try {
            return laboratory
                    .client()
                    .pods()
                    .inNamespace(laboratory.namespace())
                    .withName(pod)
                    .usingTimestamps()
                    .getLog();
        } catch (KubernetesClientException e) {
            // Its container is not there yet.
            return "";
        }
    }
}
