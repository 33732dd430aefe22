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

    private final ShareNumbers shareNumbers;
    private final Set<Integer> stormLimits = ConcurrentHashMap.newKeySet();

    /** What is looked at in frames, for which there are chains. */
    private final Set<PortLook> looks = ConcurrentHashMap.newKeySet();

    PortRules(NodeNetwork network, PortJournal journal, ShareNumbers shareNumbers) {
        this.network = network;
        this.journal = journal;
        this.ruleset = new Ruleset(network::run);
        this.shareNumbers = shareNumbers;
    }

    /** All elements of a port; {@code link} is the node's end of it. */
    Set<NftElement> of(String link, Guards guards) {
        Set<NftElement> elements = guards.elements(link);
        if (BandwidthShares.has(guards.port(), guards.configuration())) {
            elements.add(NftElement.ofClass(
                    "shares", link, BandwidthShares.major(guards.configuration()), shareNumbers.of(link)));
        }
        return elements;
    }

    /**
     * Replaces all of them by those of the switches that are made, and of the ports that the journal knows.
     *
     * @param known all switches, by their names
     * @param made the names of those that are made
     * @param carrying the names of those whose bridges have the node's own addresses
     */
    synchronized void replace(Map<String, SwitchConfiguration> known, Collection<String> made, Set<String> carrying)
            throws SwitchException {
        try (Hold _ = Hold.of(rules.writeLock())) {
            Set<NftElement> ofPorts = new LinkedHashSet<>();
            Set<NftElement> ofSwitches = new LinkedHashSet<>();
            for (String name : made) {
                Optional.ofNullable(known.get(name)).ifPresent(configuration -> {
                    ofPorts.addAll(SwitchElements.between(configuration));
                    ofSwitches.addAll(SwitchElements.through(configuration, carrying.contains(name)));
                });
            }
            for (PortRecord record : journal.all()) {
                for (SwitchPort port : record.ports()) {
                    Optional.ofNullable(known.get(port.switchName())).ifPresent(configuration -> {
                        Guards guards = Guards.of(port, configuration);
                        ofPorts.addAll(of(record.link(port), guards));
                        looks.add(guards.look());
                    });
                    Optional.ofNullable(port.stormLimit()).ifPresent(stormLimits::add);
                }
            }
            ruleset.replace(ofPorts, ofSwitches, stormLimits, looks);
        }
    }

    /** Makes the chains that the port's elements name. Known only when they are there: who comes second names them at once. */
    void ensureChains(Guards guards) throws SwitchException {
        Integer stormLimit = guards.port().stormLimit();
        PortLook look = guards.look();
        if ((stormLimit == null || stormLimits.contains(stormLimit)) && looks.contains(look)) {
            return;
        }
        synchronized (this) {
            if (stormLimit != null && !stormLimits.contains(stormLimit)) {
                ruleset.addStormLimit(stormLimit);
                stormLimits.add(stormLimit);
            }
            if (!looks.contains(look)) {
                ruleset.addChains(look);
                looks.add(look);
            }
        }
    }

    /** Takes some out and puts others in, at one instant. */
    void exchange(Collection<NftElement> before, Collection<NftElement> now) throws LinuxException {
        try (Hold _ = Hold.of(rules.readLock())) {
            network.elements().exchange(before, now);
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
            record.ports().forEach(port -> shareNumbers.release(record.link(port)));
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
