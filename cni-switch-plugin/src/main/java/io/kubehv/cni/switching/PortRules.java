package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.netlink.NftElement;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** What ports and switches have in the node's rules: elements of sets, put in and out one by one or all anew. */
final class PortRules {
    private final NodeNetwork network;
    private final PortJournal journal;
    private final Ruleset ruleset;

    /**
     * Who puts elements into the rules or takes them out shares it; who replaces all rules by what the journal says has it
     * alone. Else a port that comes meanwhile would lose its guards. Nobody takes the monitor of this object while he shares it.
     */
    private final ReadWriteLock rules = new ReentrantReadWriteLock();

    private final Set<Integer> stormLimits = ConcurrentHashMap.newKeySet();

    PortRules(NodeNetwork network, PortJournal journal) {
        this.network = network;
        this.journal = journal;
        this.ruleset = new Ruleset(network::run);
    }

    /**
     * Replaces all of them by those of the switches that are made, and of the ports that the journal knows.
     *
     * @param known all switches, by their names
     * @param made the names of those that are made
     */
    synchronized void replace(Map<String, SwitchConfiguration> known, Collection<String> made) throws SwitchException {
        try (Hold _ = Hold.of(rules.writeLock())) {
            Set<NftElement> ofPorts = new LinkedHashSet<>();
            Set<NftElement> ofSwitches = new LinkedHashSet<>();
            for (String name : made) {
                Optional.ofNullable(known.get(name)).ifPresent(configuration -> {
                    ofPorts.addAll(SwitchElements.between(configuration));
                    ofSwitches.addAll(SwitchElements.through(configuration));
                });
            }
            for (PortRecord record : journal.all()) {
                for (SwitchPort port : record.ports()) {
                    Optional.ofNullable(known.get(port.switchName()))
                            .ifPresent(
                                    configuration -> ofPorts.addAll(Guards.of(record.link(port), port, configuration)));
                    Optional.ofNullable(port.stormLimit()).ifPresent(stormLimits::add);
                }
            }
            ruleset.replace(ofPorts, ofSwitches, stormLimits);
        }
    }

    /** Makes a storm limit that ports can name. Known only when it is there: who comes second names it at once. */
    synchronized void ensureStormLimit(int framesPerSecond) throws SwitchException {
        if (!stormLimits.contains(framesPerSecond)) {
            ruleset.addStormLimit(framesPerSecond);
            stormLimits.add(framesPerSecond);
        }
    }

    void add(Collection<NftElement> elements) throws LinuxException {
        try (Hold _ = Hold.of(rules.readLock())) {
            network.elements().add(elements);
        }
    }

    void remove(Collection<NftElement> elements) throws LinuxException {
        try (Hold _ = Hold.of(rules.readLock())) {
            network.elements().remove(elements);
        }
    }

    /** Removes the last of a record, and the record itself before anybody can put them in again by it. */
    void remove(Collection<NftElement> elements, PortRecord record) throws LinuxException, SwitchException {
        try (Hold _ = Hold.of(rules.readLock())) {
            network.elements().remove(elements);
            journal.remove(record.key());
        }
    }

    /** One of the elements that is not there; empty when all are. */
    Optional<NftElement> missing(Collection<NftElement> elements) throws LinuxException {
        return network.elements().missing(elements);
    }

    /** Takes all rules away. */
    synchronized void removeAll() throws SwitchException {
        ruleset.remove();
    }
}
