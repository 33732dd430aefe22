package io.kubehv.hv.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.qemu.DiskNames;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.QmpClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a guest writes to its disks while they are copied, as QEMU notes it: dirty bitmaps in its memory, which it tells over
 * NBD, at a socket of its own for as long as that lasts. Trims and zeros are noted as writes are, and a bitmap grows with its
 * disk. QEMU notes a write once it is done, so that whoever copies what was told, after it was told, has it.
 *
 * <p>A bitmap is told of only when nothing more is noted in it (a read-only export takes no other), so each time another one
 * takes its place. All that is made here begins with one word, by which it is found again, whoever made it.
 *
 * <p>Every method throws as {@link QmpClient#execute} does: refused, outcome unknown, not sent.
 */
public final class DiskWrites {
    private static final String PREFIX = "kubehv-written-";

    /** In bytes, as for QEMU's own backups; of a large disk more, as a bitmap may take so many bits of QEMU's memory: 1 MiB. */
    private static final long GRANULARITY = 1 << 16;

    private static final long MOST_BITS = 1 << 23;

    /** Of all disks together: the daemon's and the driver's heaps are small, and they are told in one message. */
    private static final int MOST_RANGES = 20_000;

    /**
     * An older QEMU ends where an NBD client leaves a disk that is not the main thread's (seen in 7.2: {@code
     * nbd_blockdev_client_closed: Assertion `qemu_in_main_thread() && nbd_server' failed}; not in 10.0).
     */
    private static final int FIRST_WITH_THREADS = 10;

    private final QmpClient client;
    private final Path socket;
    private final String socketInMachine;
    private final Duration timeout;
    /** By block node, in bytes. */
    private final Map<String, Long> granularities = new HashMap<>();

    private int number;

    /**
     * Of the QEMU of that client.
     *
     * @param socket where QEMU's NBD server is reached
     * @param socketInMachine the same as QEMU sees it
     */
    public DiskWrites(QmpClient client, Path socket, String socketInMachine, Duration timeout) {
        this.client = client;
        this.socket = socket;
        this.socketInMachine = socketInMachine;
        this.timeout = timeout;
    }

    /** Whether this QEMU tells of writes and comes to no harm. */
    public boolean areTold() throws QmpException {
        int major = client.execute("query-version", Map.of(), timeout)
                .path("qemu")
                .path("major")
                .asInt();
        return major >= FIRST_WITH_THREADS
                || client.execute("query-iothreads", Map.of(), timeout).isEmpty();
    }

    /** Begins to note what is written to all these disks, from one moment on; what an earlier time left goes. */
    public void begin(Collection<String> disks) throws QmpException {
        end();
        number = 0;
        granularities.clear();
        for (JsonNode node : nodes()) {
            long bytes = node.path("image").path("virtual-size").asLong();
            long granularity = Math.max(GRANULARITY, Long.highestOneBit(Math.max(1, bytes / MOST_BITS)) * 2);
            granularities.put(node.path("node-name").asText(), granularity);
        }
        List<Map<String, Object>> actions = new ArrayList<>();
        disks.forEach(disk -> actions.add(add(disk)));
        transaction(actions);
        Map<String, Object> address = Map.of("type", "unix", "data", Map.of("path", socketInMachine));
        var _ = client.execute("nbd-server-start", Map.of("addr", address), timeout);
    }

    /**
     * What was written to these disks since {@link #begin} or the last call, up to one moment; from then on it is noted for the
     * next call.
     *
     * @throws IOException QEMU does not tell; then nobody knows what was written, and all that is left to do is {@link #end}
     */
    public Map<String, List<WrittenRange>> take(Collection<String> disks) throws QmpException, IOException {
        String full = bitmap();
        number++;
        List<Map<String, Object>> actions = new ArrayList<>();
        for (String disk : disks) {
            actions.add(add(disk));
            actions.add(action("disable", Map.of("node", DiskNames.disk(disk), "name", full)));
        }
        transaction(actions);
        Map<String, List<WrittenRange>> written = new HashMap<>();
        for (String disk : disks) {
            written.put(disk, read(DiskNames.disk(disk), full, Math.max(2, MOST_RANGES / disks.size())));
        }
        return written;
    }

    private List<WrittenRange> read(String node, String bitmap, int most) throws QmpException, IOException {
        String export = bitmap + "-" + node;
        var _ = client.execute(
                "block-export-add",
                Map.of("type", "nbd", "id", export, "name", export, "node-name", node, "bitmaps", List.of(bitmap)),
                timeout);
        return DirtyBitmapReader.read(socket, export, bitmap, most, System.nanoTime() + timeout.toNanos());
    }

    /** Notes nothing any more, and removes all that was made, by whomever. */
    public void end() throws QmpException {
        try {
            // With its exports, which have the bitmaps in use.
            var _ = client.execute("nbd-server-stop", Map.of(), timeout);
        } catch (QmpCommandException e) {
            // There is none.
        }
        for (JsonNode node : nodes()) {
            for (JsonNode bitmap : node.path("dirty-bitmaps")) {
                String name = bitmap.path("name").asText("");
                if (name.startsWith(PREFIX)) {
                    var _ = client.execute(
                            "block-dirty-bitmap-remove",
                            Map.of("node", node.path("node-name").asText(), "name", name),
                            timeout);
                }
            }
        }
    }

    private JsonNode nodes() throws QmpException {
        return client.execute("query-named-block-nodes", Map.of("flat", true), timeout);
    }

    private String bitmap() {
        return PREFIX + number;
    }

    private Map<String, Object> add(String disk) {
        String node = DiskNames.disk(disk);
        long granularity = granularities.getOrDefault(node, GRANULARITY);
        return action("add", Map.of("node", node, "name", bitmap(), "granularity", granularity));
    }

    private static Map<String, Object> action(String verb, Map<String, Object> arguments) {
        return Map.of("type", "block-dirty-bitmap-" + verb, "data", arguments);
    }

    private void transaction(List<Map<String, Object>> actions) throws QmpException {
        var _ = client.execute("transaction", Map.of("actions", actions), timeout);
    }
}
