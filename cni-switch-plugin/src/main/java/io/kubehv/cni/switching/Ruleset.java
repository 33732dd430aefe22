package io.kubehv.cni.switching;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.NftElement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The rules that all ports share, with the elements of those that there are, as one transaction of nft(8): it replaces what is
 * there at one instant, so that no frame meets half of it. Ports that come and go later are elements only.
 */
final class Ruleset {
    /** The table of what passes ports. */
    static final String TABLE = "kubehv";

    private static final String RULES = read();

    private final Program nft;

    Ruleset(Program nft) {
        this.nft = nft;
    }

    /**
     * The chain of a storm limit.
     *
     * @param framesPerSecond at least 1
     */
    static String stormChain(int framesPerSecond) {
        return "storm_" + framesPerSecond;
    }

    /**
     * Replaces everything.
     *
     * @param ports the elements of the bridge table's sets
     * @param switches those of the inet table's
     * @param stormLimits the limits that ports name
     * @param looks what is looked at in the frames of ports
     */
    void replace(
            Collection<NftElement> ports,
            Collection<NftElement> switches,
            Collection<Integer> stormLimits,
            Collection<PortLook> looks)
            throws SwitchException {
        StringBuilder text = new StringBuilder(RULES);
        looks.forEach(look -> text.append(look.chains()));
        new TreeSet<>(stormLimits).forEach(limit -> text.append(storm(limit)));
        append(text, "bridge", ports);
        append(text, "inet", switches);
        nft.run(text.toString(), "nft", "-f", "-");
    }

    /** Makes a storm limit's chain, unless it is there. */
    void addStormLimit(int framesPerSecond) throws SwitchException {
        nft.run(storm(framesPerSecond), "nft", "-f", "-");
    }

    /** Makes the chains of ports of which this is looked at, unless they are there. */
    void addChains(PortLook look) throws SwitchException {
        nft.run(look.chains(), "nft", "-f", "-");
    }

    /** Takes all rules away. */
    void remove() throws SwitchException {
        for (String family : List.of("bridge", "inet")) {
            nft.run(
                    "table " + family + " " + TABLE + "\ndelete table " + family + " " + TABLE + "\n",
                    "nft",
                    "-f",
                    "-");
        }
    }

    // A limit of its own for each port that comes by, whose rest nobody else uses up.
    private static String storm(int limit) {
        String chain = stormChain(limit);
        return """
                table bridge kubehv {
                  set %1$s_ports { type ifname; size 4096; flags dynamic; }
                  chain %1$s { }
                }
                flush chain bridge kubehv %1$s
                add rule bridge kubehv %1$s update @%1$s_ports { iifname limit rate over %2$d/second burst %2$d packets } drop
                """.formatted(chain, limit);
    }

    private static void append(StringBuilder text, String family, Collection<NftElement> elements) {
        Map<String, List<NftElement>> bySet =
                elements.stream().collect(Collectors.groupingBy(NftElement::set, TreeMap::new, Collectors.toList()));
        bySet.forEach((set, members) -> text.append("add element ")
                .append(family)
                .append(" kubehv ")
                .append(set)
                .append(" { ")
                .append(members.stream().map(NftElement::text).distinct().collect(Collectors.joining(", ")))
                .append(" }\n"));
    }

    private static String read() {
        try (InputStream resource = Ruleset.class.getResourceAsStream("ruleset.nft")) {
            if (resource == null) {
                throw new IllegalStateException("the program was built without ruleset.nft");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("can't read ruleset.nft of the program itself", e);
        }
    }
}
