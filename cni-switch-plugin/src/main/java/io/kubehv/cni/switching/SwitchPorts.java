package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.NftElement;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The ports of this node's pods, made in its network. All that it must know after a restart is in the journal. */
public final class SwitchPorts implements PortService, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(SwitchPorts.class.getName());

    private final NodeNetwork network;
    private final PortJournal journal;
    private final PortRules rules;
    private final PortLinks links;
    private final NodeSwitches switches;
    private final ContainerLocks locks = new ContainerLocks();

    /** The last time that everything was made as it should be, all of it went well. */
    private volatile boolean allWell;

    private volatile Runnable changed = () -> {};

    private SwitchPorts(NodeNetwork network, PortJournal journal, AddressServers addressServers) {
        this.network = network;
        this.journal = journal;
        this.rules = new PortRules(network, journal);
        this.links = new PortLinks(network);
        this.switches = new NodeSwitches(network, journal, rules, addressServers);
    }

    /**
     * The ports in the network.
     *
     * @param directory where the journal is, on a file system that goes with the node's start, such as /run
     */
    public static SwitchPorts open(NodeNetwork network, Path directory) throws IOException {
        PortJournal journal = PortJournal.open(directory.resolve("ports"));
        return new SwitchPorts(network, journal, new AddressServers(network, directory.resolve("dhcp")));
    }

    /**
     * Takes on what the cluster says: changes the switches that have ports, makes those that have an uplink and removes those
     * that are gone and have no port. Where it says what it said before and all is well, there is nothing to do: ports that came
     * or went meanwhile were looked after then.
     *
     * @return what went wrong, by the switch's name; empty where all is well
     */
    public Map<String, SwitchException> configure(Collection<SwitchConfiguration> wanted) {
        return switches.are(wanted) || !allWell ? reconcile() : Map.of();
    }

    /**
     * Makes everything as it should be, whoever changed it: the rules, bridges that were deleted, ports that nobody has any
     * more. Called at the start, when something changed, and now and then.
     */
    public Map<String, SwitchException> reconcile() {
        Failures failures = new Failures();
        if (switches.unavailable() == null) {
            switches.reconcile(failures);
            failures.attempt(this::repairPorts);
            failures.attempt(this::removeStrays);
            allWell = failures.bySwitch().isEmpty();
        }
        return failures.bySwitch();
    }

    /** The MAC addresses that each switch has on this node, by the ports' names: namespace/pod/adapter. */
    public Map<String, Map<String, String>> macAddresses() {
        return journal.macAddresses();
    }

    /** What is to be run when a pod has got or lost ports; it should not take long. */
    public void whenChanged(Runnable listener) {
        changed = listener;
    }

    /** Whether the attachment's ports are known as these. */
    public boolean has(Attachment attachment, List<SwitchPort> ports) {
        return journal.find(new ContainerInterface(attachment.containerId(), attachment.interfaceName()))
                .map(PortRecord::ports)
                .filter(ports::equals)
                .isPresent();
    }

    /** The largest packet, in bytes, of the node's interface that has the address; 1500 where none has it. */
    public int mtuOf(InetAddress address) {
        return network.mtuOf(address);
    }

    /** The attachments that there are ports for. */
    public List<Attachment> attachments() {
        return journal.all().stream().map(PortRecord::attachment).toList();
    }

    // ---- upkeep --------------------------------------------------------------------------------------------------

    private void repairPorts() throws SwitchException {
        for (PortRecord record : journal.all()) {
            try (Hold _ = locks.hold(record.attachment().containerId())) {
                // It may have gone while others were looked at.
                if (journal.find(record.key()).isPresent()
                        && Path.of(record.attachment().namespacePath()).toFile().exists()) {
                    for (SwitchPort port : record.ports()) {
                        if (switches.find(port.switchName()).isPresent()) {
                            repair(record, port);
                        }
                    }
                }
            }
        }
    }

    private void repair(PortRecord record, SwitchPort port) throws SwitchException {
        try {
            Link bridge = switches.bridge(port.switchName());
            Optional<String> damage = links.damage(
                    record.link(port), port, Path.of(record.attachment().namespacePath()), bridge);
            if (damage.isPresent()) {
                LOG.warning(() -> "repairing the port " + port.adapter() + " of "
                        + record.attachment().podNamespace() + "/"
                        + record.attachment().podName() + ": " + damage.get());
                make(record, port);
            }
        } catch (IOException e) {
            throw failure(record.attachment(), port, e);
        }
    }

    // The links are listed before it is asked who has them: a port or bridge that comes meanwhile is known before it is
    // there.
    private void removeStrays() throws SwitchException {
        try {
            List<Link> present = network.links().list();
            Set<String> known = switches.linkNames();
            journal.all().forEach(record -> record.ports().forEach(port -> known.add(record.link(port))));
            for (Link link : present) {
                if (LinkNames.areOurs(link.name()) && !known.contains(link.name())) {
                    LOG.warning(() -> "removing the interface " + link.name() + ", which belongs to no port or switch");
                    network.deleteLink(link.name());
                }
            }
        } catch (IOException e) {
            throw new SwitchException.SystemFailure("can't look for interfaces that nobody has: " + e.getMessage(), e);
        }
    }

    // ---- one pod's ports -----------------------------------------------------------------------------------------

    @Override
    public List<PortInterface> add(Attachment attachment, List<SwitchPort> ports) throws SwitchException {
        PortRecord record = new PortRecord(attachment, ports);
        try (Hold _ = locks.hold(attachment.containerId())) {
            for (SwitchPort port : ports) {
                switches.of(port);
            }
            Optional<PortRecord> before = journal.find(record.key());
            journal.put(record);
            boolean whole = false;
            try {
                List<PortInterface> interfaces = new ArrayList<>();
                for (SwitchPort port : ports) {
                    interfaces.add(make(record, port, before));
                }
                for (SwitchPort gone : gone(before, record)) {
                    unmake(record, gone);
                }
                whole = true;
                changed.run();
                return interfaces;
            } finally {
                if (!whole && before.isEmpty()) {
                    undo(record);
                }
            }
        }
    }

    private static List<SwitchPort> gone(Optional<PortRecord> before, PortRecord now) {
        Set<String> adapters = now.ports().stream().map(SwitchPort::adapter).collect(Collectors.toSet());
        return before.map(PortRecord::ports).orElse(List.of()).stream()
                .filter(port -> !adapters.contains(port.adapter()))
                .toList();
    }

    // The failure that led here is the one that the caller is told.
    private void undo(PortRecord record) {
        try {
            unmake(record);
        } catch (SwitchException e) {
            LOG.log(Level.WARNING, e, () -> "left for the next collection: " + record.attachment());
        }
    }

    private PortInterface make(PortRecord record, SwitchPort port, Optional<PortRecord> before) throws SwitchException {
        Set<NftElement> old = before.map(PortRecord::ports).orElse(List.of()).stream()
                .filter(earlier -> earlier.adapter().equals(port.adapter()))
                .flatMap(earlier -> elements(record, earlier).stream())
                .collect(Collectors.toSet());
        PortInterface made = make(record, port);
        old.removeAll(elements(record, port));
        try {
            rules.remove(old);
        } catch (LinuxException e) {
            throw failure(record.attachment(), port, e);
        }
        return made;
    }

    // Its guards are there before it is: what is looked up is its name.
    private PortInterface make(PortRecord record, SwitchPort port) throws SwitchException {
        SwitchConfiguration configuration = switches.of(port);
        Link bridge = switches.bridge(port.switchName());
        Integer stormLimit = port.stormLimit();
        if (stormLimit != null) {
            rules.ensureStormLimit(stormLimit);
        }
        try {
            rules.add(Guards.of(record.link(port), port, configuration));
            links.ensure(
                    record.link(port), port, Path.of(record.attachment().namespacePath()), bridge, configuration.mtu());
        } catch (IOException e) {
            throw failure(record.attachment(), port, e);
        }
        switches.portsChanged(configuration);
        return new PortInterface(port.device(), port.macAddress(), configuration.mtu());
    }

    private Set<NftElement> elements(PortRecord record, SwitchPort port) {
        return switches.find(port.switchName())
                .map(configuration -> Guards.of(record.link(port), port, configuration))
                .orElse(Set.of());
    }

    private static SwitchException failure(Attachment attachment, SwitchPort port, IOException cause) {
        return new SwitchException.SystemFailure(
                "port " + port.adapter() + " of pod " + attachment.podNamespace() + "/" + attachment.podName()
                        + " on switch " + port.switchName() + ": " + cause.getMessage(),
                cause);
    }

    @Override
    public void check(Attachment attachment, List<SwitchPort> ports) throws SwitchException {
        PortRecord record = new PortRecord(attachment, ports);
        try (Hold _ = locks.hold(attachment.containerId())) {
            if (journal.find(record.key()).isEmpty()) {
                throw new SwitchException.Damaged("no ports are known of " + record.key());
            }
            for (SwitchPort port : ports) {
                Link bridge = switches.checkedBridge(switches.of(port));
                Optional<String> damage =
                        links.damage(record.link(port), port, Path.of(attachment.namespacePath()), bridge);
                if (damage.isEmpty()) {
                    damage = rules.missing(Guards.of(record.link(port), port, switches.of(port)))
                            .map(element -> "the rule " + element + " is gone");
                }
                if (damage.isPresent()) {
                    throw new SwitchException.Damaged("adapter " + port.adapter() + ": " + damage.get());
                }
            }
        } catch (IOException e) {
            throw new SwitchException.SystemFailure("can't check " + record.key() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void remove(String containerId, String interfaceName) throws SwitchException {
        try (Hold _ = locks.hold(containerId)) {
            Optional<PortRecord> record = journal.find(new ContainerInterface(containerId, interfaceName));
            if (record.isPresent()) {
                unmake(record.get());
            }
        }
    }

    // Guards go after what they guard.
    private void unmake(PortRecord record) throws SwitchException {
        try {
            links.removeAll(
                    record.ports().stream().map(record::link).toList(),
                    Path.of(record.attachment().namespacePath()));
            rules.remove(
                    record.ports().stream()
                            .flatMap(port -> elements(record, port).stream())
                            .collect(Collectors.toSet()),
                    record);
        } catch (IOException e) {
            throw new SwitchException.SystemFailure(
                    "can't remove the ports of " + record.key() + ": " + e.getMessage(), e);
        }
        changed.run();
        for (SwitchPort port : record.ports()) {
            Optional<SwitchConfiguration> configuration = switches.find(port.switchName());
            if (configuration.isPresent()) {
                switches.portsChanged(configuration.get());
            }
        }
    }

    private void unmake(PortRecord record, SwitchPort port) throws SwitchException {
        try {
            links.remove(record.link(port), port, Path.of(record.attachment().namespacePath()));
            rules.remove(elements(record, port));
        } catch (IOException e) {
            throw failure(record.attachment(), port, e);
        }
    }

    @Override
    public void collect(Set<ContainerInterface> valid) throws SwitchException {
        SwitchException first = null;
        for (PortRecord record : journal.all()) {
            if (!valid.contains(record.key())) {
                try {
                    remove(
                            record.attachment().containerId(),
                            record.attachment().interfaceName());
                } catch (SwitchException e) {
                    LOG.log(Level.WARNING, e, () -> "collecting " + record.key());
                    first = first == null ? e : first;
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public @Nullable String unavailable() {
        return switches.unavailable();
    }

    /** Takes everything of ours off the node. */
    public void removeEverything() throws SwitchException {
        collect(Set.of());
        switches.removeAll();
        removeStrays();
        rules.removeAll();
    }

    /** Ends the programs that it started. Ports and switches stay. */
    @Override
    public void close() throws SwitchException {
        switches.close();
    }
}
