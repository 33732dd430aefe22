package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.Link;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
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
    private final PortMaking making;
    private final PodPorts podPorts;
    private final BandwidthShares shares;
    private final Shortcuts shortcuts;
    private final NodeSwitches switches;
    private final ContainerLocks locks = new ContainerLocks();

    /** The last time that everything was made as it should be, all of it went well. */
    private volatile boolean allWell;

    private volatile Runnable changed = () -> {};
    private volatile PodAdmission podAdmission = (switchName, namespace) -> {};

    private SwitchPorts(
            NodeNetwork network,
            PortJournal journal,
            NodeAdapters adapters,
            AddressServers addressServers,
            Uplinks uplinks) {
        this.network = network;
        this.journal = journal;
        ShareNumbers shareNumbers = new ShareNumbers();
        this.rules = new PortRules(network, journal, shareNumbers);
        this.shares = new BandwidthShares(network, journal, shareNumbers);
        this.podPorts = new PodPorts(journal);
        this.shortcuts = new Shortcuts(network);
        this.switches = new NodeSwitches(network, journal, rules, shares, addressServers, uplinks, adapters, shortcuts);
        this.making = new PortMaking(rules, switches, shortcuts, new PortLinks(network), network);
    }

    /**
     * The ports in the network. What an earlier life of this program left in the middle is ended, for which an API server may have to
     * be waited for.
     *
     * @param directory where the journal is, on a file system that goes with the node's start, such as /run
     * @param apiServer what the node must not lose by its uplinks; empty: there is none
     */
    public static SwitchPorts open(NodeNetwork network, Path directory, Optional<ApiServer> apiServer)
            throws IOException {
        PortJournal journal = PortJournal.open(directory.resolve("ports"));
        Uplinks uplinks = new Uplinks(network, UplinkJournal.open(directory.resolve("uplinks")), apiServer);
        NodeAdapters adapters = new NodeAdapters(network, journal);
        AddressServers servers = new AddressServers(network, journal, adapters, directory.resolve("dhcp"));
        SwitchPorts ports = new SwitchPorts(network, journal, adapters, servers, uplinks);
        ports.shortcuts.recover();
        ports.switches.recover();
        return ports;
    }

    /** As above, in a cluster of nobody else. */
    public static SwitchPorts open(NodeNetwork network, Path directory) throws IOException {
        return open(network, directory, Optional.empty());
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

    /** Who is to be asked whether a pod that is no VM may be on a switch; until then, all may. */
    public void admitPodsBy(PodAdmission admission) {
        podAdmission = admission;
    }

    /** Whether the attachment's ports are known as these. */
    public boolean has(Attachment attachment, List<SwitchPort> ports) {
        return journal.find(new ContainerInterface(attachment.containerId(), attachment.interfaceName()))
                .map(PortRecord::ports)
                .filter(ports::equals)
                .isPresent();
    }

    /** The switches of those ports that the attachment has not, or not like that. */
    public Set<String> differing(Attachment attachment, List<SwitchPort> ports) {
        return journal.differing(new PortRecord(attachment, ports, null));
    }

    /** The largest packet, in bytes, of the node's interface that has the address; 1500 where none has it. */
    public int mtuOf(InetAddress address) {
        return network.mtuOf(address);
    }

    /** The largest packet, in bytes, of the node's interface of this name; 1500 where there is none. */
    public int mtuOf(String link) {
        return network.mtuOf(link);
    }

    /** Why the node can't do for a switch what its settings ask for, and what to do; empty: it can. */
    public Optional<String> contradiction(SwitchConfiguration configuration) {
        return GatewayCheck.problem(network, configuration);
    }

    /** The attachments that there are ports for. */
    public List<Attachment> attachments() {
        return journal.all().stream().map(PortRecord::attachment).toList();
    }

    /** Those whose ports are VMs'. */
    public List<Attachment> attachmentsOfVms() {
        return journal.all().stream()
                .filter(record -> record.network() == null)
                .map(PortRecord::attachment)
                .toList();
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
                            making.repair(record, port);
                        }
                    }
                }
            }
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
        PortRecord record = new PortRecord(attachment, ports, null);
        try (Hold _ = locks.hold(attachment.containerId())) {
            Optional<PortRecord> before = journal.find(record.key());
            shares.admit(record, switches::of);
            return add(record, before);
        }
    }

    @Override
    public PodInterface attach(Attachment attachment, PodNetwork wanted) throws SwitchException {
        podAdmission.admit(wanted.switchName(), attachment.podNamespace());
        try (Hold _ = locks.hold(attachment.containerId())) {
            SwitchConfiguration configuration = switches.of(wanted.switchName(), attachment.interfaceName());
            Optional<PortRecord> before;
            PortRecord record;
            // Of two pods that ask at once, the second must see what the first was given.
            synchronized (podPorts) {
                record = podPorts.of(attachment, wanted, configuration);
                before = journal.find(record.key());
                journal.put(record);
            }
            SwitchPort port = record.ports().getFirst();
            int mtu = add(record, before).getFirst().mtu();
            return new PodInterface(
                    record.link(port),
                    port.device(),
                    port.macAddress(),
                    mtu,
                    port.addresses(),
                    PodPorts.subnets(configuration, wanted.vlan()));
        }
    }

    private List<PortInterface> add(PortRecord record, Optional<PortRecord> before) throws SwitchException {
        boolean whole = false;
        try {
            List<PortInterface> interfaces = new ArrayList<>();
            for (SwitchPort port : record.ports()) {
                interfaces.add(making.make(record, port, before));
            }
            for (SwitchPort gone : gone(before, record)) {
                making.unmake(record, gone);
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

    private static List<SwitchPort> gone(Optional<PortRecord> before, PortRecord now) {
        Set<String> adapters = now.ports().stream().map(SwitchPort::adapter).collect(Collectors.toSet());
        return before.map(PortRecord::ports).orElse(List.of()).stream()
                .filter(port -> !adapters.contains(port.adapter()))
                .toList();
    }

    // The failure that led here is the one that the caller is told.
    private void undo(PortRecord record) {
        try {
            remove(record);
        } catch (SwitchException e) {
            LOG.log(Level.WARNING, e, () -> "left for the next collection: " + record.attachment());
        }
    }

    @Override
    public void check(Attachment attachment, List<SwitchPort> ports) throws SwitchException {
        check(new PortRecord(attachment, ports, null));
    }

    @Override
    public void check(Attachment attachment, PodNetwork wanted) throws SwitchException {
        ContainerInterface key = new ContainerInterface(attachment.containerId(), attachment.interfaceName());
        Optional<PortRecord> known = journal.find(key)
                .filter(record -> record.ports().stream()
                        .allMatch(port -> port.switchName().equals(wanted.switchName())));
        check(new PortRecord(
                attachment,
                known.map(PortRecord::ports)
                        .orElseThrow(() -> new SwitchException.Damaged(
                                "the pod is not on the switch " + wanted.switchName() + " by " + key)),
                wanted.network()));
    }

    private void check(PortRecord record) throws SwitchException {
        Attachment attachment = record.attachment();
        try (Hold _ = locks.hold(attachment.containerId())) {
            if (journal.find(record.key()).isEmpty()) {
                throw new SwitchException.Damaged("no ports are known of " + record.key());
            }
            for (SwitchPort port : record.ports()) {
                Optional<String> damage = making.damage(record, port);
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
                remove(record.get());
            }
        }
    }

    private void remove(PortRecord record) throws SwitchException {
        making.unmake(record);
        changed.run();
        making.portsChanged(record);
    }

    @Override
    public void collect(Optional<String> network, Set<ContainerInterface> valid) throws SwitchException {
        collect(record -> Optional.ofNullable(record.network()).equals(network) && !valid.contains(record.key()));
    }

    private void collect(Predicate<PortRecord> gone) throws SwitchException {
        SwitchException first = null;
        for (PortRecord record : journal.all()) {
            if (gone.test(record)) {
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
        collect(record -> true);
        switches.removeAll();
        removeStrays();
        rules.removeAll();
    }

    /** Ends the programs that it started. Ports and switches stay. */
    @Override
    public void close() throws SwitchException {
        try (shortcuts) {
            switches.close();
        }
    }
}
