package io.kubehv.hv.statistics;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.qemu.DiskNames;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a disk has done since its machine was started. Its numbers only grow while the disk stays in the machine.
 *
 * @param reads completed
 * @param readBytes of these
 * @param writes completed
 * @param writtenBytes of these
 * @param nanosInFlight the times of all completed requests together, each from when the guest made it
 */
public record DiskStatistics(long reads, long readBytes, long writes, long writtenBytes, long nanosInFlight) {
    /** Of no disk that was there before. */
    public static final DiskStatistics NONE = new DiskStatistics(0, 0, 0, 0, 0);

    /**
     * The disks in an answer to {@code query-blockstats}.
     *
     * @param names the disks to look for, as the VM calls them; one that the machine does not have is left out
     */
    public static Map<String, DiskStatistics> of(JsonNode answer, Iterable<String> names) {
        Map<String, DiskStatistics> found = new TreeMap<>();
        for (String name : names) {
            String device = DiskNames.device(DiskNames.disk(name));
            for (JsonNode entry : answer) {
                // A virtio-blk disk is told by a path that its id is a part of.
                String told = entry.path("qdev").asText("");
                if (told.equals(device) || told.contains("/" + device + "/")) {
                    found.put(name, of(entry.path("stats")));
                }
            }
        }
        return found;
    }

    private static DiskStatistics of(JsonNode stats) {
        return new DiskStatistics(
                stats.path("rd_operations").asLong(),
                stats.path("rd_bytes").asLong(),
                stats.path("wr_operations").asLong(),
                stats.path("wr_bytes").asLong(),
                stats.path("rd_total_time_ns").asLong()
                        + stats.path("wr_total_time_ns").asLong());
    }

    /** Whether {@code later} can be of the same disk: one that left and came back counts anew. */
    public boolean isBefore(DiskStatistics later) {
        return later.reads >= reads && later.writes >= writes && later.nanosInFlight >= nanosInFlight;
    }

    /** What was done since {@code earlier}. */
    public DiskStatistics since(DiskStatistics earlier) {
        return new DiskStatistics(
                reads - earlier.reads,
                readBytes - earlier.readBytes,
                writes - earlier.writes,
                writtenBytes - earlier.writtenBytes,
                nanosInFlight - earlier.nanosInFlight);
    }

    /**
     * In requests of a given size, of which each begun one counts: exact where the requests of each direction are of one
     * size, which is all that QEMU's sums can tell.
     */
    public long requests(long size) {
        return requests(reads, readBytes, size) + requests(writes, writtenBytes, size);
    }

    private static long requests(long count, long bytes, long size) {
        return count == 0 ? 0 : count * Math.max(1, Math.ceilDiv(Math.ceilDiv(bytes, count), size));
    }
}
