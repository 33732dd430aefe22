package io.kubehv.hv.hotplug;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Protocol;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.qemu.NetworkNames;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.QmpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The network adapters of a running machine. What a method was told to do and has begun, it goes on with when it is called
 * again: after an unknown outcome, from another daemon, or because QEMU was not ready.
 *
 * <p>QMP has no questions about networks, only the monitor for people has: its answers are parsed here and nowhere else.
 */
public final class LiveAdapters {
    private static final String DEVICES = "/machine/peripheral";

    /** Of several queues, the first speaks for all. */
    private static final Pattern NETWORK =
            Pattern.compile("^(?: \\\\ )?" + NetworkNames.network("") + "(\\S+): index=0,type=(\\w+)(?:,(.*))?$");

    private static final Pattern TAP = Pattern.compile("ifname=([^,]+)");
    private static final Pattern USER = Pattern.compile("^Hub -?\\d+ \\(" + NetworkNames.network("") + "(\\S+)\\):$");
    private static final Pattern FORWARD =
            Pattern.compile("^\\s*(TCP|UDP)\\[HOST_FORWARD]\\s+-?\\d+\\s+\\S+\\s+(\\d+)\\s.*$");

    private final QmpClient client;
    private final Duration timeout;

    /** The adapters of the QEMU that the monitor is of. */
    public LiveAdapters(QmpClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    /** The places that adapters can come to, whether something is in them or not; none in a machine of generation 1. */
    public Set<Integer> places() throws QmpException {
        Set<String> devices = devices();
        Set<Integer> places = new TreeSet<>();
        for (int i = 0; i < NetworkNames.PORTS; i++) {
            if (devices.contains(NetworkNames.port(i))) {
                places.add(i);
            }
        }
        return places;
    }

    /** All adapters that there are, also those that were left half way. */
    public List<PresentAdapter> present() throws QmpException {
        Map<String, String> networks = networks();
        Map<String, Set<Forward>> forwards = networks.isEmpty() ? Map.of() : forwards();
        Set<String> names = new TreeSet<>(networks.keySet());
        String prefix = NetworkNames.device("");
        for (String device : devices()) {
            if (device.startsWith(prefix)) {
                names.add(device.substring(prefix.length()));
            }
        }
        List<PresentAdapter> present = new ArrayList<>();
        for (String name : names) {
            String macAddress = property(name, "mac");
            String tap = networks.getOrDefault(name, "");
            present.add(new PresentAdapter(
                    name,
                    macAddress,
                    macAddress == null ? null : place(name),
                    tap.isEmpty() ? null : tap,
                    Boolean.parseBoolean(property(name, "hotplugged")),
                    forwards.getOrDefault(name, Set.of())));
        }
        return present;
    }

    private @Nullable Integer place(String name) throws QmpException {
        String bus = Optional.ofNullable(property(name, "parent_bus")).orElse("");
        for (int i = 0; i < NetworkNames.PORTS; i++) {
            if (bus.endsWith("/" + NetworkNames.port(i))) {
                return i;
            }
        }
        return null;
    }

    /** By adapter: the tap that its cable leads to, or "". */
    private Map<String, String> networks() throws QmpException {
        Map<String, String> networks = new HashMap<>();
        for (String line : ask("info network")) {
            Matcher network = NETWORK.matcher(line);
            if (network.matches() && !network.group(2).equals("nic")) {
                Matcher tap = TAP.matcher(Optional.ofNullable(network.group(3)).orElse(""));
                networks.put(network.group(1), tap.find() ? tap.group(1) : "");
            }
        }
        return networks;
    }

    private Map<String, Set<Forward>> forwards() throws QmpException {
        Map<String, Set<Forward>> forwards = new HashMap<>();
        String name = "";
        for (String line : ask("info usernet")) {
            Matcher user = USER.matcher(line);
            Matcher forward = FORWARD.matcher(line);
            if (user.matches()) {
                name = user.group(1);
            } else if (forward.matches()) {
                forwards.computeIfAbsent(name, key -> new HashSet<>())
                        .add(new Forward(Protocol.valueOf(forward.group(1)), Integer.parseInt(forward.group(2))));
            }
        }
        return forwards;
    }

    private List<String> ask(String question) throws QmpException {
        return client.execute("human-monitor-command", Map.of("command-line", question), timeout)
                .asText("")
                .lines()
                .toList();
    }

    private Set<String> devices() throws QmpException {
        Set<String> devices = new HashSet<>();
        for (JsonNode device : client.execute("qom-list", Map.of("path", DEVICES), timeout)) {
            devices.add(device.path("name").asText(""));
        }
        return devices;
    }

    /** Null where there is no such device, or no longer. */
    private @Nullable String property(String name, String property) throws QmpException {
        try {
            return client.execute(
                            "qom-get",
                            Map.of("path", DEVICES + "/" + NetworkNames.device(name), "property", property),
                            timeout)
                    .asText("");
        } catch (QmpCommandException e) {
            return null;
        }
    }

    /**
     * Adds an adapter to a place that is free. Its ports are opened by {@link #open}.
     *
     * @throws QmpCommandException QEMU refused; nothing of it is left, but what {@link #remove} has to be called for
     */
    public void add(NetworkAdapter adapter, int place, GuestNetwork guest) throws QmpException {
        boolean done = false;
        try {
            Tap tap = adapter.tap();
            if (tap == null) {
                command("netdev_add", AdapterArguments.user(adapter, place, guest));
            } else {
                connect(adapter, tap);
            }
            command("device_add", AdapterArguments.device(adapter, place));
            done = true;
        } finally {
            if (!done) {
                var _ = remove(adapter.name());
            }
        }
    }

    /** Only QEMU can find out whether the kernel moves the packets. Where it does not, QEMU may say so, or only not do it. */
    private void connect(NetworkAdapter adapter, Tap tap) throws QmpException {
        boolean moved = attempt("netdev_add", AdapterArguments.tap(adapter, tap, true));
        if (!moved || !networks().containsKey(adapter.name())) {
            command("netdev_add", AdapterArguments.tap(adapter, tap, false));
        }
    }

    /**
     * Removes an adapter, or what is left of one.
     *
     * @return whether nothing is left of it; otherwise the guest or QEMU needs a moment more
     */
    public boolean remove(String name) throws QmpException {
        String device = NetworkNames.device(name);
        if (devices().contains(device)) {
            var _ = attempt("device_del", Map.of("id", device));
            if (devices().contains(device)) {
                // Its network goes after it: a guest's adapter must not lose what it is connected to.
                return false;
            }
        }
        return !networks().containsKey(name) || attempt("netdev_del", Map.of("id", NetworkNames.network(name)));
    }

    /** Opens a port. Returns what QEMU has against it, if it has. */
    public Optional<String> open(String name, Forward forward) throws QmpException {
        String answer = String.join(" ", ask("hostfwd_add " + NetworkNames.network(name) + " " + forward.rule()));
        return Optional.of(answer.strip()).filter(text -> !text.isEmpty());
    }

    /** Closes a port. Connections that are there stay. */
    public void close(String name, Forward forward) throws QmpException {
        var _ = ask("hostfwd_remove " + NetworkNames.network(name) + " " + forward.outside());
    }

    /** Puts an adapter's cable in, or pulls it out. */
    public void cable(String name, boolean connected) throws QmpException {
        command("set_link", Map.of("name", NetworkNames.device(name), "up", connected));
    }

    private void command(String name, Map<String, ?> arguments) throws QmpException {
        client.execute(name, arguments, timeout);
    }

    /** Returns false when QEMU refused: because there is nothing to do, or not yet. */
    private boolean attempt(String name, Map<String, ?> arguments) throws QmpException {
        try {
            command(name, arguments);
            return true;
        } catch (QmpCommandException e) {
            return false;
        }
    }
}
