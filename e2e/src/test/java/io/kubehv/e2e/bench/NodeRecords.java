package io.kubehv.e2e.bench;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.e2e.Laboratory;
import io.kubehv.e2e.bench.Timeline.Mark;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;

/** What a node noted of a VM's container, more exactly than the API tells it (Kind only). */
final class NodeRecords {
    /**
     * One line a record. The process's start comes in the clock's ticks since the machine's, QEMU's is when it made the
     * socket that the daemon connects to.
     */
    private static final String SCRIPT = """
            id=$0; uid=$1
            ctr -n k8s.io containers info $id | sed -n 's/.*"CreatedAt": "\\(.*\\)".*/created \\1/p' | head -n 1
            pid=$(ctr -n k8s.io tasks ls | awk -v id=$id '$1 == id { print $2 }')
            echo "ticks $(sed 's/.*) //' /proc/$pid/stat | cut -d' ' -f20) $(getconf CLK_TCK)"
            echo "now $(date +%s.%N) $(cut -d' ' -f1 /proc/uptime)"
            stat -c 'qemu %.9Y' /var/lib/kubelet/pods/$uid/volumes/kubernetes.io~empty-dir/runtime/qmp.sock
            """;

    private NodeRecords() {}

    /** Adds to the timeline what the node knows. */
    static void addTo(Timeline timeline, Laboratory laboratory, Pod pod) {
        String container = pod.getStatus().getContainerStatuses().getFirst().getContainerID();
        Map<String, String[]> records = laboratory
                .cluster()
                .onNode(
                        pod.getSpec().getNodeName(),
                        "sh",
                        "-c",
                        SCRIPT,
                        container.replaceFirst(".*//", ""),
                        pod.getMetadata().getUid())
                .lines()
                .map(line -> line.split(" "))
                .collect(Collectors.toMap(words -> words[0], words -> words));
        timeline.mark(Mark.CONTAINER_CREATED, Instant.parse(records.get("created")[1]));
        timeline.mark(Mark.PROCESS_BEGUN, processStart(records.get("ticks"), records.get("now")));
        timeline.mark(Mark.QEMU_UP, instant(new BigDecimal(records.get("qemu")[1])));
    }

    private static Instant processStart(String[] ticks, String[] now) {
        BigDecimal begun = new BigDecimal(ticks[1]).divide(new BigDecimal(ticks[2]));
        return instant(new BigDecimal(now[1]).subtract(new BigDecimal(now[2])).add(begun));
    }

    private static Instant instant(BigDecimal seconds) {
        long whole = seconds.longValue();
        return Instant.ofEpochSecond(
                whole,
                seconds.subtract(BigDecimal.valueOf(whole)).movePointRight(9).longValue());
    }
}
