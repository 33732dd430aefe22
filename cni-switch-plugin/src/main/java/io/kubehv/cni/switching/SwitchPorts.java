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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The ports of this node's pods, made in its network. All that it must know after a restart is in the journal. */
public final class SwitchPorts implements PortService, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(SwitchPorts.class.getName());

    /** Calls for one container wait for each other; those for others mostly don't. */
    private static final int LOCKS = 64;

    private static final int ORDINARY_MTU = 1500;

    private final NodeNetwork network;
    private final PortJournal journal;
    private final Ruleset ruleset;
    private final Bridges bridges;
    private final PortLinks links;
    private final Mirroring mirroring;
    private final AddressServers addressServers;
    private final List<ReentrantLock> locks =
            IntStream.range(0, LOCKS).mapToObj(number -> new ReentrantLock()).toList();

    /** What the cluster says; null until it has said anything. */
    private volatile @Nullable Map<String, SwitchConfiguration> configurations;

    /** The switches whose bridge and rules are as configured. */
    private final Map<String, Link> made = new ConcurrentHashMap<>();

    /** The switches on which copies go, or may have gone before this program was started. */
    private final Set<String> mirrored = ConcurrentHashMap.newKeySet();

    private final Set<Integer> stormLimits = ConcurrentHashMap.newKeySet();

    private volatile Runnable changed = () -> {};

    private SwitchPorts(NodeNetwork network, PortJournal journal, AddressServers addressServers) {
        this.network = network;
        this.journal = journal;
        this.addressServers = addressServers;
        this.ruleset = new Ruleset(network::run);
        this.bridges = new Bridges(network, new Uplinks(network));
        this.links = new PortLinks(network);
        this.mirroring = new Mirroring(network);
        journal.all().forEach(record -> record.ports().forEach(port -> mirrored.add(port.switchName())));
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
     * that are gone and have no port.
     *
     * @return what went wrong, by the switch's name; empty where all is well
     */
    public Map<String, SwitchException> configure(Collection<SwitchConfiguration> wanted) {
        Map<String, SwitchConfiguration> before = configurations;
        configurations = wanted.stream().collect(Collectors.toMap(SwitchConfiguration::name, Function.identity()));
        if (before != null) {
            before.forEach((name, configuration) -> {
                if (!configuration.equals(configurations().get(name))) {
                    made.remove(name);
                }
            });
        }
        return reconcile();
    }

    /**
     * Makes everything as it should be, whoever changed it: the rules, bridges that were deleted, ports that nobody has any
     * more. Called at the start, when something changed, and now and then.
     */
    public Map<String, SwitchException> reconcile() {
        Map<String, SwitchException> failures = new HashMap<>();
        if (configurations == null) {
            return failures;
        }
        Set<String> used = used();
        for (SwitchConfiguration configuration : configurations().values()) {
            if (used.contains(configuration.name()) || configuration.uplink().isPresent()) {
                attempt(failures, configuration.name(), () -> {
                    made.put(configuration.name(), bridges.ensure(configuration));
                    addressServers.ensure(configuration, portsOf(configuration.name()));
                });
            }
        }
        for (String name : List.copyOf(made.keySet())) {
            SwitchConfiguration configuration = configurations().get(name);
            if (!used.contains(name)
                    && (configuration == null || configuration.uplink().isEmpty())) {
                attempt(failures, name, () -> remove(name));
            }
        }
        attempt(failures, "", this::replaceRules);
        attempt(failures, "", this::repairPorts);
        attempt(failures, "", this::removeStrays);
        return failures;
    }

    @FunctionalInterface
    private interface Step {
        void run() throws SwitchException;
    }

    private static void attempt(Map<String, SwitchException> failures, String name, Step step) {
        try {
            step.run();
        } catch (SwitchException e) {
            LOG.log(Level.WARNING, e, () -> name.isEmpty() ? "ports" : "switch " + name);
            failures.putIfAbsent(name, e);
        }
    }

    private void remove(String name) throws SwitchException {
        made.remove(name);
        addressServers.stop(name);
        bridges.remove(name);
    }

    private Set<String> used() {
        return journal.all().stream()
                .flatMap(record -> record.ports().stream())
                .map(SwitchPort::switchName)
                .collect(Collectors.toSet());
    }

    private List<SwitchPort> portsOf(String switchName) {
        return journal.all().stream()
                .flatMap(record -> record.ports().stream())
                .filter(port -> port.switchName().equals(switchName))
                .toList();
    }

    /** The ports that each switch has on this node, named namespace/pod/adapter. */
    public Map<String, Map<String, String>> macAddresses() {
        Map<String, Map<String, String>> bySwitch = new HashMap<>();
        for (PortRecord record : journal.all()) {
            Attachment attachment = record.attachment();
            for (SwitchPort port : record.ports()) {
                bySwitch.computeIfAbsent(port.switchName(), name -> new HashMap<>())
                        .put(
                                attachment.podNamespace() + "/" + attachment.podName() + "/" + port.adapter(),
                                port.macAddress());
            }
        }
        return bySwitch;
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
        try {
            for (Link link : network.links().list()) {
                boolean hasIt = network.addresses().list(link.index()).stream()
                        .anyMatch(assigned -> assigned.address().equals(address));
                if (hasIt) {
                    return link.mtu();
                }
            }
            return ORDINARY_MTU;
        } catch (LinuxException e) {
            LOG.log(Level.WARNING, e, () -> "taking the MTU of " + address.getHostAddress() + " for " + ORDINARY_MTU);
            return ORDINARY_MTU;
        }
    }

    /** The attachments that there are ports for. */
    public List<Attachment> attachments() {
        return journal.all().stream().map(PortRecord::attachment).toList();
    }

    // ---- the rules -----------------------------------------------------------------------------------------------

    private synchronized void replaceRules() throws SwitchException {
        Set<NftElement> ofPorts = new LinkedHashSet<>();
        Set<NftElement> ofSwitches = new LinkedHashSet<>();
        for (String name : made.keySet()) {
            configuration(name).ifPresent(configuration -> {
                ofPorts.addAll(SwitchElements.between(configuration));
                ofSwitches.addAll(SwitchElements.through(configuration));
            });
        }
        for (PortRecord record : journal.all()) {
            for (SwitchPort port : record.ports()) {
                configuration(port.switchName())
                        .ifPresent(configuration -> ofPorts.addAll(Guards.of(record.link(port), port, configuration)));
                Optional.ofNullable(port.stormLimit()).ifPresent(stormLimits::add);
            }
        }
        ruleset.replace(ofPorts, ofSwitches, stormLimits);
    }

    private Map<String, SwitchConfiguration> configurations() {
        Map<String, SwitchConfiguration> known = configurations;
        return known == null ? Map.of() : known;
    }

    private Optional<SwitchConfiguration> configuration(String name) {
        return Optional.ofNullable(configurations().get(name));
    }

    private void repairPorts() throws SwitchException {
        for (PortRecord record : journal.all()) {
            try (Hold _ = hold(record.attachment().containerId())) {
                // It may have gone while others were looked at.
                if (journal.find(record.key()).isPresent()
                        && Path.of(record.attachment().namespacePath()).toFile().exists()) {
                    for (SwitchPort port : record.ports()) {
                        if (configuration(port.switchName()).isPresent()) {
                            repair(record, port);
                        }
                    }
                }
            }
        }
    }

    private void repair(PortRecord record, SwitchPort port) throws SwitchException {
        try {
            Link bridge = bridge(port.switchName());
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
            Set<String> known = new HashSet<>();
            journal.all().forEach(record -> record.ports().forEach(port -> known.add(record.link(port))));
            Stream.concat(configurations().keySet().stream(), made.keySet().stream())
                    .forEach(name -> {
                        known.add(LinkNames.bridge(name));
                        known.add(LinkNames.tunnel(name));
                    });
            for (Link link : present) {
                if (isOurs(link.name()) && !known.contains(link.name())) {
                    LOG.warning(() -> "removing the interface " + link.name() + ", which belongs to no port or switch");
                    network.deleteLink(link.name());
                }
            }
        } catch (IOException e) {
            throw new SwitchException.SystemFailure("can't look for interfaces that nobody has: " + e.getMessage(), e);
        }
    }

    private static boolean isOurs(String link) {
        return Stream.of(LinkNames.BRIDGE, LinkNames.TUNNEL, LinkNames.PORT).anyMatch(link::startsWith)
                && link.length() == LinkNames.bridge("").length();
    }

    // ---- one pod's ports -----------------------------------------------------------------------------------------

    @Override
    public List<PortInterface> add(Attachment attachment, List<SwitchPort> ports) throws SwitchException {
        PortRecord record = new PortRecord(attachment, ports);
        try (Hold _ = hold(attachment.containerId())) {
            for (SwitchPort port : ports) {
                known(port);
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
            network.elements().remove(old);
        } catch (LinuxException e) {
            throw failure(record.attachment(), port, e);
        }
        return made;
    }

    // Its guards are there before it is: what is looked up is its name.
    private PortInterface make(PortRecord record, SwitchPort port) throws SwitchException {
        SwitchConfiguration configuration = known(port);
        Link bridge = bridge(port.switchName());
        Integer stormLimit = port.stormLimit();
        if (stormLimit != null && stormLimits.add(stormLimit)) {
            ruleset.addStormLimit(stormLimit);
        }
        try {
            network.elements().add(Guards.of(record.link(port), port, configuration));
            links.ensure(
                    record.link(port), port, Path.of(record.attachment().namespacePath()), bridge, configuration.mtu());
        } catch (IOException e) {
            throw failure(record.attachment(), port, e);
        }
        addressServers.ensure(configuration, portsOf(configuration.name()));
        mirror(configuration.name());
        return new PortInterface(port.device(), port.macAddress(), configuration.mtu());
    }

    // Where nobody ever asked for a copy, a port costs nothing for it.
    private synchronized void mirror(String switchName) throws SwitchException {
        Map<String, SwitchPort> present = new HashMap<>();
        for (PortRecord record : journal.all()) {
            record.ports().stream()
                    .filter(port -> port.switchName().equals(switchName))
                    .forEach(port -> present.put(record.link(port), port));
        }
        boolean isWanted = Mirroring.concerns(List.copyOf(present.values()));
        if (!isWanted && !mirrored.contains(switchName)) {
            return;
        }
        try {
            mirroring.ensure(present);
        } catch (LinuxException e) {
            throw new SwitchException.SystemFailure(
                    "port mirroring on switch " + switchName + ": " + e.getMessage(), e);
        }
        if (isWanted) {
            mirrored.add(switchName);
        } else {
            mirrored.remove(switchName);
        }
    }

    private Set<NftElement> elements(PortRecord record, SwitchPort port) {
        return configuration(port.switchName())
                .map(configuration -> Guards.of(record.link(port), port, configuration))
                .orElse(Set.of());
    }

    private SwitchConfiguration known(SwitchPort port) throws SwitchException {
        if (configurations == null) {
            throw new SwitchException.TryAgainLater(
                    "this node's switches are not known yet: the switch daemon has not reached the API server");
        }
        return configuration(port.switchName())
                .orElseThrow(() -> new SwitchException.TryAgainLater("adapter " + port.adapter()
                        + ": this node knows no" + " VirtualSwitch " + port.switchName() + "; apply one of that name"));
    }

    /** The bridge of a switch, which is made with its rules for its first port. */
    private Link bridge(String switchName) throws SwitchException {
        Link bridge = made.get(switchName);
        if (bridge != null) {
            return bridge;
        }
        synchronized (this) {
            if (!made.containsKey(switchName)) {
                made.put(
                        switchName,
                        bridges.ensure(configuration(switchName)
                                .orElseThrow(() -> new SwitchException.TryAgainLater(
                                        "the VirtualSwitch " + switchName + " is gone; apply one of that name"))));
                replaceRules();
            }
            return Objects.requireNonNull(made.get(switchName));
        }
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
        try (Hold _ = hold(attachment.containerId())) {
            if (journal.find(record.key()).isEmpty()) {
                throw new SwitchException.Damaged("no ports are known of " + record.key());
            }
            for (SwitchPort port : ports) {
                Link bridge = bridges.ensure(known(port));
                Optional<String> damage =
                        links.damage(record.link(port), port, Path.of(attachment.namespacePath()), bridge);
                if (damage.isEmpty()) {
                    damage = network.elements()
                            .missing(Guards.of(record.link(port), port, known(port)))
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
        try (Hold _ = hold(containerId)) {
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
            network.elements()
                    .remove(record.ports().stream()
                            .flatMap(port -> elements(record, port).stream())
                            .collect(Collectors.toSet()));
        } catch (IOException e) {
            throw new SwitchException.SystemFailure(
                    "can't remove the ports of " + record.key() + ": " + e.getMessage(), e);
        }
        journal.remove(record.key());
        changed.run();
        for (SwitchPort port : record.ports()) {
            Optional<SwitchConfiguration> configuration = configuration(port.switchName());
            if (configuration.isPresent()) {
                addressServers.ensure(configuration.get(), portsOf(port.switchName()));
                mirror(port.switchName());
            }
        }
    }

    private void unmake(PortRecord record, SwitchPort port) throws SwitchException {
        try {
            links.remove(record.link(port), port, Path.of(record.attachment().namespacePath()));
            network.elements().remove(elements(record, port));
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
        return configurations == null
                ? "this node's switches are not known yet: the switch daemon has not reached the API server"
                : null;
    }

    /** Takes everything of ours off the node. */
    public void removeEverything() throws SwitchException {
        collect(Set.of());
        for (String name : List.copyOf(made.keySet())) {
            remove(name);
        }
        made.clear();
        configurations = Map.of();
        removeStrays();
        ruleset.remove();
    }

    /** Ends the programs that it started. Ports and switches stay. */
    @Override
    public void close() throws SwitchException {
        addressServers.stopAll();
    }

    private Hold hold(String containerId) {
        ReentrantLock lock = locks.get(Math.floorMod(containerId.hashCode(), LOCKS));
        lock.lock();
        return lock::unlock;
    }

    private interface Hold extends AutoCloseable {
        @Override
        void close();
    }
}
