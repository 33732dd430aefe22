package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.MinimumBandwidthMode;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.netlink.ShareQueue.Share;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Who gets how much of a way out of the node. Pure.
 *
 * @param capacity what it carries, in bits a second
 * @param rest what all together get that have no share of their own, the node itself among them
 * @param byLink what the ports get, by the node's ends of them
 */
record ShareTable(long capacity, Share rest, Map<String, Share> byLink) {
    /** So much that the interface itself is what holds frames up. Then they wait in our queue too, and turns are what counts. */
    private static final long UNKNOWN = 1_000_000_000_000L;

    /** As in Hyper-V: a weight of 1, or a tenth. */
    private static final int REST_WEIGHT = 1;

    private static final int REST_PART = 10;

    /** What one of a weight of 1 sends in its turn: a large frame and some; with 100, it is the most that htb takes. */
    private static final int TURN_BYTES = 2000;

    private static final int LONGEST_TURN_BYTES = 200_000;

    /** The shares of ports that ask for one; of an unknown capacity only weights can be had. */
    static ShareTable of(MinimumBandwidthMode mode, OptionalLong told, Map<String, SwitchPort> ports) {
        long capacity = told.orElse(UNKNOWN);
        return mode == MinimumBandwidthMode.ABSOLUTE ? absolute(capacity, ports) : weighed(capacity, ports);
    }

    /** The sum of what ports are promised. */
    static long promised(Collection<SwitchPort> ports) {
        return ports.stream().mapToLong(ShareTable::minimum).sum();
    }

    /** How much of a way out can be promised; the others keep the rest. */
    static long mostPromised(long capacity) {
        return capacity - capacity / REST_PART;
    }

    private static ShareTable weighed(long capacity, Map<String, SwitchPort> ports) {
        long sum = REST_WEIGHT;
        for (SwitchPort port : ports.values()) {
            sum += weight(port);
        }
        Map<String, Share> shares = new HashMap<>();
        for (Map.Entry<String, SwitchPort> port : ports.entrySet()) {
            int weight = weight(port.getValue());
            shares.put(port.getKey(), new Share(part(capacity, weight, sum), capacity, weight * TURN_BYTES));
        }
        Share rest = new Share(part(capacity, REST_WEIGHT, sum), capacity, REST_WEIGHT * TURN_BYTES);
        return new ShareTable(capacity, rest, Map.copyOf(shares));
    }

    private static ShareTable absolute(long capacity, Map<String, SwitchPort> ports) {
        long tenth = capacity / REST_PART;
        long largest = ports.values().stream().mapToLong(ShareTable::minimum).reduce(tenth, Math::max);
        Map<String, Share> shares = new HashMap<>();
        ports.forEach((link, port) ->
                shares.put(link, new Share(minimum(port), capacity, turn(minimum(port), largest))));
        return new ShareTable(capacity, new Share(tenth, capacity, turn(tenth, largest)), Map.copyOf(shares));
    }

    private static long part(long capacity, int weight, long sum) {
        return (long) ((double) capacity * weight / sum);
    }

    // What nobody has been promised goes to all in the same proportions.
    private static int turn(long minimum, long largest) {
        return (int) Math.max(TURN_BYTES, (double) LONGEST_TURN_BYTES * minimum / largest);
    }

    private static int weight(SwitchPort port) {
        Integer weight = port.minimumWeight();
        return weight == null ? 0 : weight;
    }

    private static long minimum(SwitchPort port) {
        Long minimum = port.minimumBitsPerSecond();
        return minimum == null ? 0 : minimum;
    }
}
