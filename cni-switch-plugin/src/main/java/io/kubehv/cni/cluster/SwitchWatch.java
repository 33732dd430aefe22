package io.kubehv.cni.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.NamespaceRule;
import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchNodePort;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.switching.PortService.Attachment;
import io.kubehv.cni.switching.SwitchConfiguration;
import io.kubehv.cni.switching.SwitchPorts;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Follows the cluster. Whatever changes, one pass takes all of it on, a moment later, so that a hundred changes at once are one
 * pass; and one comes now and then in any case, for what others do to the node's network.
 */
public final class SwitchWatch implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(SwitchWatch.class.getName());
    private static final Duration SETTLING = Duration.ofMillis(100);
    private static final Duration PERIOD = Duration.ofSeconds(30);

    private final String nodeName;
    private final SwitchPorts ports;
    private final SwitchCopy copy;
    private final SwitchStatusWriter status;

    // A call that is still served when the program ends must not fail for a pass that nobody makes any more.
    private final ScheduledExecutorService passes = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("switch-watch").factory(), new ThreadPoolExecutor.DiscardPolicy());
    private final AtomicBoolean pending = new AtomicBoolean();
    private final SharedIndexInformer<VirtualSwitch> switches;
    private final SharedIndexInformer<Node> nodes;
    private final SharedIndexInformer<Pod> pods;
    private final SharedIndexInformer<Namespace> namespaces;

    /**
     * The watch of a node.
     *
     * @param directory where the copy of what the cluster said is kept
     */
    public SwitchWatch(KubernetesClient client, String nodeName, SwitchPorts ports, Path directory) {
        this.nodeName = nodeName;
        this.ports = ports;
        this.copy = new SwitchCopy(directory.resolve("switches.json"));
        this.status = new SwitchStatusWriter(client, nodeName);
        this.switches = client.resources(VirtualSwitch.class).runnableInformer(0);
        this.nodes = client.nodes().runnableInformer(0);
        this.namespaces = client.namespaces().runnableInformer(0);
        this.pods = client.pods()
                .inAnyNamespace()
                .withField("spec.nodeName", nodeName)
                .withLabel(KubeHV.VIRTUAL_MACHINE_LABEL, "true")
                .runnableInformer(0);
    }

    /** Takes on what was known before, and follows the cluster from then on. */
    public void start() {
        rememberedSwitches();
        ports.whenChanged(this::soon);
        ports.admitPodsBy(this::admit);
        follow(switches);
        follow(nodes);
        follow(pods);
        // A namespace that comes or goes changes nothing that is there.
        namespaces.exceptionHandler((isStarted, failure) -> true);
        namespaces.start();
        var _ = passes.scheduleWithFixedDelay(
                () -> pass(true), PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether the cluster has told everything once. */
    public boolean hasSynced() {
        return Stream.of(switches, nodes, pods, namespaces).allMatch(SharedIndexInformer::hasSynced);
    }

    private <T extends HasMetadata> void follow(SharedIndexInformer<T> informer) {
        informer.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(T added) {
                soon();
            }

            @Override
            public void onUpdate(T before, T now) {
                soon();
            }

            @Override
            public void onDelete(T deleted, boolean unknown) {
                soon();
            }

            @Override
            public void onNothing() {
                soon();
            }
        });
        // A cluster that has just come to be answers in many ways that it is not ready: whatever it is, it is asked
        // again.
        informer.exceptionHandler((isStarted, failure) -> true);
        informer.start();
    }

    private void soon() {
        if (pending.compareAndSet(false, true)) {
            var _ = passes.schedule(() -> pass(false), SETTLING.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Whether the switch's rule lets the namespace's pods in. */
    private void admit(String switchName, String namespace) throws SwitchException {
        Optional<VirtualSwitch> known = Optional.ofNullable(switches.getStore().getByKey(switchName));
        Optional<Map<String, String>> labels = Optional.ofNullable(
                        namespaces.getStore().getByKey(namespace))
                .map(each -> Objects.requireNonNullElse(each.getMetadata().getLabels(), Map.<String, String>of()));
        if (known.isEmpty() || labels.isEmpty()) {
            throw new SwitchException.TryAgainLater("it is not known yet whether the VirtualSwitch " + switchName
                    + " lets the namespace " + namespace + " in");
        }
        NamespaceRule rule = new NamespaceRule(known.get().getSpec().allowedNamespaces());
        if (!rule.lets(labels.get())) {
            throw new SwitchException.InvalidConfiguration("the VirtualSwitch " + switchName
                    + " does not let the namespace " + namespace
                    + " in: label it so that it fits the switch's allowedNamespaces (" + rule.words()
                    + "), or use another switch");
        }
    }

    private void rememberedSwitches() {
        try {
            copy.read()
                    .ifPresent(contents -> ports.configure(resolved(contents.switches(), resolver(contents.facts()))
                            .values()));
        } catch (IOException e) {
            LOG.log(Level.WARNING, e, () -> "what the cluster said last can't be read; it has to be asked again");
        }
    }

    // Nothing may end the passes: what is wrong with one switch is no other's affair. What others do to the node's
    // network, no
    // change tells.
    private void pass(boolean looksAtAll) {
        pending.set(false);
        if (!hasSynced()) {
            return;
        }
        try {
            List<VirtualSwitch> known = switches.getStore().list();
            Map<String, NodeFacts> facts = facts();
            SwitchResolver resolver = resolver(facts);
            Map<String, SwitchConfiguration> configurations = resolved(known, resolver);
            Map<String, SwitchException> failures = ports.configure(configurations.values());
            if (looksAtAll) {
                failures = ports.reconcile();
            }
            failures = new HashMap<>(failures);
            takeOnPorts(failures);
            collectLeftovers();
            tell(known, resolver, configurations, failures);
            copy.write(SwitchCopy.Contents.of(known, facts));
        } catch (IOException | RuntimeException e) {
            // Of any kind: an exception that left here would end all later passes in silence.
            LOG.log(Level.WARNING, e, () -> "tried again in " + PERIOD.toSeconds() + " s");
        }
    }

    private SwitchResolver resolver(Map<String, NodeFacts> facts) {
        return new SwitchResolver(nodeName, facts, ports::mtuOf, ports::mtuOf);
    }

    private static Map<String, SwitchConfiguration> resolved(List<VirtualSwitch> known, SwitchResolver resolver) {
        return known.stream()
                .flatMap(virtualSwitch -> resolver.resolve(virtualSwitch).stream())
                .collect(Collectors.toMap(SwitchConfiguration::name, Function.identity()));
    }

    private Map<String, NodeFacts> facts() {
        Map<String, NodeFacts> facts = new HashMap<>();
        for (Node node : nodes.getStore().list()) {
            String name = node.getMetadata().getName();
            Map<String, String> labels = node.getMetadata().getLabels();
            facts.put(name, new NodeFacts(name, labels == null ? Map.of() : labels, address(node)));
        }
        return facts;
    }

    private static Optional<InetAddress> address(Node node) {
        if (node.getStatus() == null || node.getStatus().getAddresses() == null) {
            return Optional.empty();
        }
        return node.getStatus().getAddresses().stream()
                .filter(address -> address.getType().equals("InternalIP"))
                .map(NodeAddress::getAddress)
                .map(InetAddress::ofLiteral)
                .findFirst();
    }

    // A port that a running VM's pod has come to ask for, or asks for otherwise than before.
    private void takeOnPorts(Map<String, SwitchException> failures) {
        Map<String, Attachment> byPod = new HashMap<>();
        ports.attachmentsOfVms().forEach(attachment -> byPod.put(attachment.podUid(), attachment));
        for (Pod pod : pods.getStore().list()) {
            Attachment attachment = byPod.get(pod.getMetadata().getUid());
            Map<String, String> annotations = pod.getMetadata().getAnnotations();
            String wanted = annotations == null ? null : annotations.get(KubeHV.SWITCH_PORTS_ANNOTATION);
            if (attachment != null && wanted != null) {
                takeOn(attachment, wanted, failures);
            }
        }
    }

    private void takeOn(Attachment attachment, String wanted, Map<String, SwitchException> failures) {
        List<SwitchPort> asked = List.of();
        try {
            asked = SwitchPort.read(wanted);
            if (!ports.has(attachment, asked)) {
                ports.add(attachment, asked);
            }
        } catch (SwitchException e) {
            stayed(attachment, e);
            ports.differing(attachment, asked).forEach(name -> failures.putIfAbsent(name, e));
        } catch (IllegalArgumentException e) {
            stayed(attachment, e);
        }
    }

    private static void stayed(Attachment attachment, Exception reason) {
        LOG.log(
                Level.WARNING,
                reason,
                () -> "the ports of pod " + attachment.podNamespace() + "/" + attachment.podName()
                        + " stay as they were");
    }

    // The runtime says when a pod goes; this is for what it did not say.
    private void collectLeftovers() {
        for (Attachment attachment : ports.attachments()) {
            if (!Files.exists(Path.of(attachment.namespacePath()))) {
                try {
                    ports.remove(attachment.containerId(), attachment.interfaceName());
                } catch (SwitchException e) {
                    LOG.log(Level.WARNING, e, () -> "left for the next pass: " + attachment);
                }
            }
        }
    }

    private void tell(
            List<VirtualSwitch> known,
            SwitchResolver resolver,
            Map<String, SwitchConfiguration> configurations,
            Map<String, SwitchException> failures) {
        Map<String, Map<String, String>> present = ports.macAddresses();
        for (VirtualSwitch virtualSwitch : known) {
            String name = virtualSwitch.getMetadata().getName();
            Optional<SwitchNode> entry = Optional.ofNullable(configurations.get(name))
                    .filter(configuration ->
                            present.containsKey(name) || configuration.uplink().isPresent())
                    .map(configuration -> {
                        String problem = Optional.ofNullable(failures.get(name))
                                .map(Throwable::getMessage)
                                .or(() -> resolver.contradiction(virtualSwitch, configuration))
                                .or(() -> ports.contradiction(configuration))
                                .orElse(null);
                        return new SwitchNode(
                                nodeName,
                                problem == null,
                                problem,
                                configuration
                                        .tunnel()
                                        .map(tunnel -> tunnel.local().getHostAddress())
                                        .orElse(null),
                                configuration
                                        .uplink()
                                        .map(SwitchConfiguration.Uplink::link)
                                        .orElse(null),
                                failures.get(name) instanceof SwitchException.UplinkGivenBack
                                        ? virtualSwitch.getMetadata().getGeneration()
                                        : null,
                                configuration.mtu(),
                                nodePorts(present.getOrDefault(name, Map.of())));
                    });
            status.write(virtualSwitch, entry);
        }
    }

    private static List<SwitchNodePort> nodePorts(Map<String, String> macAddresses) {
        return macAddresses.entrySet().stream()
                .map(port -> new SwitchNodePort(port.getKey(), port.getValue()))
                .sorted(Comparator.comparing(SwitchNodePort::name))
                .toList();
    }

    @Override
    public void close() {
        passes.shutdownNow();
        Stream.of(switches, nodes, pods, namespaces).forEach(SharedIndexInformer::stop);
    }
}
