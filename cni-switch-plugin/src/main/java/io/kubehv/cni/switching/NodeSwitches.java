package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.Link;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The switches as the cluster has them, and those of them that are made on this node: where ports are on them, or an uplink. */
final class NodeSwitches {
    private final PortJournal journal;
    private final PortRules rules;
    private final Bridges bridges;
    private final Mirroring mirroring;
    private final BandwidthShares shares;
    private final AddressServers addressServers;
    private final NodeAdapters adapters;
    private final Shortcuts shortcuts;

    /** What the cluster says; null until it has said anything. */
    private volatile @Nullable Map<String, SwitchConfiguration> configurations;

    /** The switches whose bridge and rules are as configured. */
    private final Map<String, Link> made = new ConcurrentHashMap<>();

    NodeSwitches(
            NodeNetwork network,
            PortJournal journal,
            PortRules rules,
            BandwidthShares shares,
            AddressServers addressServers,
            Uplinks uplinks,
            NodeAdapters adapters,
            Shortcuts shortcuts) {
        this.journal = journal;
        this.rules = rules;
        this.bridges = new Bridges(network, uplinks, adapters);
        this.mirroring = new Mirroring(network, journal);
        this.shares = shares;
        this.addressServers = addressServers;
        this.adapters = adapters;
        this.shortcuts = shortcuts;
    }

    /** Ends what an earlier life of this program was in the middle of. */
    void recover() {
        bridges.recover(new Failures());
    }

    /** Null when they are known; else why not. */
    @Nullable
    String unavailable() {
        return configurations == null
                ? "this node's switches are not known yet: the switch daemon has not reached the API server"
                : null;
    }

    private Map<String, SwitchConfiguration> configurations() {
        Map<String, SwitchConfiguration> known = configurations;
        return known == null ? Map.of() : known;
    }

    /** A switch, if the cluster has it. */
    Optional<SwitchConfiguration> find(String name) {
        return Optional.ofNullable(configurations().get(name));
    }

    /** The switch that a port is to be on. */
    SwitchConfiguration of(SwitchPort port) throws SwitchException {
        return of(port.switchName(), port.adapter());
    }

    /** The switch of this name, which an adapter is to be on. */
    SwitchConfiguration of(String switchName, String adapter) throws SwitchException {
        String unavailable = unavailable();
        if (unavailable != null) {
            throw new SwitchException.TryAgainLater(unavailable);
        }
        return find(switchName)
                .orElseThrow(() -> new SwitchException.TryAgainLater("adapter " + adapter
                        + ": this node knows no VirtualSwitch " + switchName + "; apply one of that name"));
    }

    /** Takes note of what the cluster says; returns whether anything has to be made or removed for it. */
    boolean are(Collection<SwitchConfiguration> wanted) {
        Map<String, SwitchConfiguration> before = configurations;
        Map<String, SwitchConfiguration> now =
                wanted.stream().collect(Collectors.toMap(SwitchConfiguration::name, Function.identity()));
        configurations = now;
        if (before != null) {
            before.forEach((name, configuration) -> {
                if (!configuration.equals(now.get(name))) {
                    made.remove(name);
                }
            });
        }
        return !now.equals(before) || !made.keySet().equals(needed());
    }

    /** Those that ports are on, known or not, and those that have an uplink. */
    private Set<String> needed() {
        Set<String> needed = journal.switchNames();
        configurations().values().stream()
                .filter(configuration -> configuration.uplink().isPresent())
                .forEach(configuration -> needed.add(configuration.name()));
        return needed;
    }

    /** Makes those that are needed, changes those that are otherwise, and removes the others. */
    void reconcile(Failures failures) {
        Set<String> needed = needed();
        bridges.releaseUplinksExcept(configurations().keySet(), failures);
        for (SwitchConfiguration configuration : configurations().values()) {
            if (needed.contains(configuration.name())) {
                failures.attempt(configuration.name(), () -> {
                    made.put(configuration.name(), ensured(configuration));
                    addressServers.ensure(configuration);
                    shares.ensure(configuration);
                });
            }
        }
        for (String name : List.copyOf(made.keySet())) {
            if (!needed.contains(name)) {
                failures.attempt(name, () -> remove(name));
            }
        }
        failures.attempt(this::replaceRules);
        failures.attempt(shares::removeStrays);
    }

    private void replaceRules() throws SwitchException {
        rules.replace(configurations(), made.keySet(), bridges.carrying());
    }

    /** The bridge of a switch, which is made with its rules for its first port. */
    Link bridge(String switchName) throws SwitchException {
        Link bridge = made.get(switchName);
        if (bridge != null) {
            return bridge;
        }
        synchronized (this) {
            if (!made.containsKey(switchName)) {
                made.put(
                        switchName,
                        ensured(find(switchName)
                                .orElseThrow(() -> new SwitchException.TryAgainLater(
                                        "the VirtualSwitch " + switchName + " is gone; apply one of that name"))));
                replaceRules();
            }
            return Objects.requireNonNull(made.get(switchName));
        }
    }

    /** The bridge of a switch, looked at and made as it should be. */
    Link checkedBridge(SwitchConfiguration configuration) throws SwitchException {
        return ensured(configuration);
    }

    private Link ensured(SwitchConfiguration configuration) throws SwitchException {
        Link bridge = bridges.ensure(configuration);
        shortcuts.ensureTunnel(configuration);
        return bridge;
    }

    /** Ports of the switch have come or gone. Each part asks the journal while nobody else is at it: the last one saw the latest. */
    void portsChanged(SwitchConfiguration configuration) throws SwitchException {
        adapters.portsChanged(configuration);
        addressServers.ensure(configuration);
        mirroring.ensure(configuration.name());
        shares.ensure(configuration);
    }

    /** The names of the interfaces that switches have or may come to have, ports' ends apart. */
    Set<String> linkNames() {
        Stream<String> ofSwitches = Stream.of(configurations().keySet(), made.keySet(), bridges.carrying())
                .flatMap(Set::stream)
                .flatMap(name -> Stream.of(LinkNames.bridge(name), LinkNames.tunnel(name)));
        Stream<String> ofTheNode = configurations().values().stream()
                .flatMap(configuration -> NodeAdapters.linkNames(configuration).stream());
        return Stream.concat(ofSwitches, ofTheNode).collect(Collectors.toCollection(HashSet::new));
    }

    private void remove(String name) throws SwitchException {
        made.remove(name);
        addressServers.stop(name);
        shares.remove(name);
        shortcuts.remove(name);
        bridges.remove(name);
    }

    /** Takes all of them away; from then on there are none. */
    void removeAll() throws SwitchException {
        Failures failures = new Failures();
        bridges.releaseUplinksExcept(Set.of(), failures);
        for (SwitchException failure : failures.bySwitch().values()) {
            throw failure;
        }
        for (String name : List.copyOf(made.keySet())) {
            remove(name);
        }
        configurations = Map.of();
        shares.removeStrays();
    }

    /** Ends the programs that were started for them. They stay. */
    void close() throws SwitchException {
        addressServers.stopAll();
    }
}
