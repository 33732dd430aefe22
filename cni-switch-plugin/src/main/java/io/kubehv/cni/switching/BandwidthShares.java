package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.MinimumBandwidthMode;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.ShareQueue;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The shares that ports have of a switch's way out of the node: its uplink, or its tunnel to other nodes. There is a queue in front
 * of it for as long as a port asks for a share; a switch on which nobody does costs nothing for it.
 */
final class BandwidthShares {
    /** The numbers of the queues. A frame that goes through a tunnel and then an uplink keeps the priority of the first. */
    private static final int UPLINK = 0x4B56;

    private static final int TUNNEL = 0x4B57;

    private final NodeNetwork network;
    private final PortJournal journal;
    private final ShareNumbers numbers;

    /** Where a queue is, by the switch's name. */
    private final Map<String, Integer> shared = new HashMap<>();

    BandwidthShares(NodeNetwork network, PortJournal journal, ShareNumbers numbers) {
        this.network = network;
        this.journal = journal;
        this.numbers = numbers;
    }

    /** Whether the port has a share of its own on a switch that gives such. */
    static boolean has(SwitchPort port, SwitchConfiguration configuration) {
        return switch (configuration.sharing().mode()) {
            case NONE -> false;
            case WEIGHT -> port.minimumWeight() != null;
            case ABSOLUTE -> port.minimumBitsPerSecond() != null;
        };
    }

    /** The switch that a port is to be on. */
    @FunctionalInterface
    interface Switches {
        SwitchConfiguration of(SwitchPort port) throws SwitchException;
    }

    /**
     * Writes down the ports of a record, unless more would be promised to them than there is. Of two that ask at once for the last
     * that there is, one is refused.
     */
    synchronized void admit(PortRecord record, Switches switches) throws SwitchException {
        for (SwitchPort port : record.ports()) {
            SwitchConfiguration configuration = switches.of(port);
            if (configuration.sharing().mode() == MinimumBandwidthMode.ABSOLUTE && has(port, configuration)) {
                Map<String, SwitchPort> there = journal.linksOn(port.switchName());
                journal.find(record.key())
                        .ifPresent(before -> before.ports().forEach(earlier -> there.remove(record.link(earlier))));
                record.ports().stream()
                        .filter(other -> other.switchName().equals(port.switchName()))
                        .forEach(other -> there.put(record.link(other), other));
                refuseTooMuch(configuration, there);
            }
        }
        journal.put(record);
    }

    private void refuseTooMuch(SwitchConfiguration configuration, Map<String, SwitchPort> ports)
            throws SwitchException {
        OptionalLong capacity = capacity(configuration);
        if (capacity.isEmpty()) {
            throw new SwitchException.TryAgainLater("switch " + configuration.name()
                    + ": this node's interface for it does not tell its speed, so nothing can be promised of it; set"
                    + " spec.uplinkBandwidth");
        }
        long promised = ShareTable.promised(ports.values());
        long most = ShareTable.mostPromised(capacity.getAsLong());
        if (promised > most) {
            throw new SwitchException.TryAgainLater("switch " + configuration.name() + ": bandwidth.minimum of its"
                    + " adapters on this node would be " + promised + " bits a second in sum, of which nine tenths of "
                    + capacity.getAsLong() + ", that is " + most
                    + ", can be promised; lower one, or let a VM run on another node");
        }
    }

    /** Makes the queue as the ports of the switch ask for it, or takes it away. */
    synchronized void ensure(SwitchConfiguration configuration) throws SwitchException {
        boolean isWanted = journal.portsOn(configuration.name()).stream().anyMatch(port -> has(port, configuration));
        try {
            Optional<Link> way = isWanted ? way(configuration) : Optional.empty();
            if (way.isEmpty()) {
                release(configuration.name());
            } else {
                Map<String, SwitchPort> ports = journal.linksOn(configuration.name());
                ports.values().removeIf(port -> !has(port, configuration));
                share(configuration, way.get(), ports);
            }
        } catch (IOException e) {
            throw new SwitchException.SystemFailure(
                    "shares of the way out of switch " + configuration.name() + ": " + e.getMessage(), e);
        }
    }

    private void share(SwitchConfiguration configuration, Link way, Map<String, SwitchPort> ports)
            throws IOException, SwitchException {
        Integer before = shared.get(configuration.name());
        if (before != null && before != way.index()) {
            release(configuration.name());
        }
        int major = major(configuration);
        ShareTable table = ShareTable.of(configuration.sharing().mode(), capacity(configuration), ports);
        ShareQueue queue = network.shareQueue();
        open(configuration, way, major, table.capacity());
        shared.put(configuration.name(), way.index());
        queue.put(way.index(), major, ShareQueue.REST, table.rest());
        Set<Integer> gone = new HashSet<>(queue.classes(way.index(), major));
        for (Map.Entry<String, ShareQueue.Share> share : table.byLink().entrySet()) {
            int number = numbers.of(share.getKey());
            queue.put(way.index(), major, number, share.getValue());
            gone.remove(number);
        }
        for (int number : gone) {
            queue.remove(way.index(), major, number);
        }
    }

    private void open(SwitchConfiguration configuration, Link way, int major, long capacity)
            throws IOException, SwitchException {
        try {
            network.shareQueue().ensure(way.index(), major, capacity);
        } catch (LinuxException e) {
            if (e.isPresent()) {
                throw new SwitchException.Conflict("switch " + configuration.name() + ": somebody has put a queue in"
                        + " front of the interface " + way.name() + "; take it away (tc qdisc del dev " + way.name()
                        + " root), or set minimumBandwidthMode None");
            }
            if (e.isMissing()) {
                throw new SwitchException.SystemFailure(
                        "switch " + configuration.name() + ": this node's kernel has no queue that gives shares;"
                                + " load its module sch_htb",
                        e);
            }
            throw e;
        }
    }

    /** Takes away queues that no switch has any more, whoever left them. */
    synchronized void removeStrays() throws SwitchException {
        try {
            for (int major : new int[] {UPLINK, TUNNEL}) {
                for (int link : network.shareQueue().links(major)) {
                    if (!shared.containsValue(link)) {
                        network.shareQueue().remove(link, major);
                    }
                }
            }
        } catch (IOException e) {
            throw new SwitchException.SystemFailure("can't look for queues that nobody has: " + e.getMessage(), e);
        }
    }

    /** Takes the queue of a switch away, if it has one. */
    synchronized void remove(String switchName) throws SwitchException {
        try {
            release(switchName);
        } catch (IOException e) {
            throw new SwitchException.SystemFailure(
                    "can't take away the queue of switch " + switchName + ": " + e.getMessage(), e);
        }
    }

    private void release(String switchName) throws IOException {
        Integer link = shared.remove(switchName);
        if (link != null) {
            network.shareQueue().remove(link, UPLINK);
            network.shareQueue().remove(link, TUNNEL);
        }
    }

    private Optional<Link> way(SwitchConfiguration configuration) throws IOException {
        Optional<String> name = configuration
                .uplink()
                .map(SwitchConfiguration.Uplink::link)
                .or(() -> configuration.tunnel().map(_ -> LinkNames.tunnel(configuration.name())));
        return name.isEmpty() ? Optional.empty() : network.links().find(name.get());
    }

    /** The number of the queue in front of the switch's way out. */
    static int major(SwitchConfiguration configuration) {
        return configuration.uplink().isPresent() ? UPLINK : TUNNEL;
    }

    private OptionalLong capacity(SwitchConfiguration configuration) {
        if (configuration.sharing().capacity().isPresent()) {
            return configuration.sharing().capacity();
        }
        return configuration.uplink().isPresent()
                ? network.speedOf(configuration.uplink().get().link())
                : configuration.tunnel().isPresent()
                        ? network.speedOf(configuration.tunnel().get().local())
                        : OptionalLong.empty();
    }
}
