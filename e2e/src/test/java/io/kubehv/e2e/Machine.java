package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A VM as its user sees it: through its object, its pod's log and the port 80 of the tiny guest. */
public final class Machine {
    private final Laboratory laboratory;
    private final String name;

    Machine(Laboratory laboratory, String name) {
        this.laboratory = laboratory;
        this.name = name;
    }

    public String name() {
        return name;
    }

    public VirtualMachine get() {
        return laboratory.object(VirtualMachine.class, name).get();
    }

    public void delete() {
        laboratory.object(VirtualMachine.class, name).delete();
    }

    void power(PowerState state) {
        edit("""
                {"spec": {"powerState": "%s"}}""".formatted(json(state)));
    }

    /** Restart, reset: a user's annotation with a time. */
    void annotate(String annotation, String value) {
        edit("""
                {"metadata": {"annotations": {"%s": "%s"}}}""".formatted(annotation, value));
    }

    void edit(String mergePatch) {
        laboratory
                .object(VirtualMachine.class, name)
                .patch(
                        io.fabric8.kubernetes.client.dsl.base.PatchContext.of(
                                io.fabric8.kubernetes.client.dsl.base.PatchType.JSON_MERGE),
                        mergePatch);
    }

    private static String json(PowerState state) {
        return state.name().charAt(0) + state.name().substring(1).toLowerCase(java.util.Locale.ROOT);
    }

    public void awaitState(VirtualMachineState state) {
        laboratory
                .await(name + " in the state " + state, Laboratory.BOOT)
                .untilAsserted(
                        () -> assertThat(get().getStatus().state()).as(name).isEqualTo(state));
    }

    /** Waits until the condition Ready has a value and a reason. */
    void awaitReady(String status, String reason) {
        awaitCondition("Ready", status, reason);
    }

    public void awaitAgent() {
        awaitCondition("GuestAgentConnected", "True", "Connected");
    }

    void awaitCondition(String type, String status, String reason) {
        laboratory
                .await(name + " with " + type + "=" + status + " " + reason, Laboratory.BOOT)
                .untilAsserted(() -> assertThat(get().getStatus().conditions())
                        .as("conditions of " + name)
                        .anySatisfy(condition -> {
                            assertThat(condition.getType()).isEqualTo(type);
                            assertThat(condition.getStatus()).isEqualTo(status);
                            assertThat(condition.getReason()).isEqualTo(reason);
                        }));
    }

    String conditionMessage(String type) {
        return get().getStatus().conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow()
                .getMessage();
    }

    /** Waits until the guest's boot shows a text on the serial console, which is the pod's log. */
    void awaitConsole(String text) {
        laboratory
                .await("'" + text + "' on the console of " + name, Laboratory.BOOT)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .untilAsserted(() -> assertThat(console()).contains(text));
    }

    /**
     * Waits until a guest of ours has booted, tiny or Debian. A pod's log shows whole lines only, and a login prompt has no
     * line end: so this is the line before it.
     */
    void awaitBooted() {
        laboratory
                .await("a booted guest on the console of " + name, Laboratory.BOOT)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .untilAsserted(
                        () -> assertThat(console()).containsPattern("tiny: booted|Debian GNU/Linux \\S+ \\S+ ttyS0"));
    }

    public String console() {
        return laboratory
                .client()
                .pods()
                .inNamespace(laboratory.namespace())
                .withName(name)
                .getLog();
    }

    public Optional<Pod> pod() {
        return Optional.ofNullable(laboratory.pod(name));
    }

    public String podUid() {
        return pod().orElseThrow().getMetadata().getUid();
    }

    public String node() {
        return pod().orElseThrow().getSpec().getNodeName();
    }

    /** Boots the tiny guest to the point where it answers. */
    public void awaitGuest() {
        awaitState(VirtualMachineState.RUNNING);
        laboratory
                .await("an answer of the guest in " + name, Laboratory.BOOT)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .until(() -> uptime() >= 0);
    }

    /** What is kept for an adapter on a virtual switch. */
    List<String> addresses(String adapter) {
        return get().getStatus().identity().networks().get(adapter).addresses();
    }

    /** Asks the tiny guest's web server, through the API server's proxy to the pod. */
    String http(String path) {
        String answer = laboratory
                .client()
                .raw("/api/v1/namespaces/%s/pods/%s:80/proxy%s".formatted(laboratory.namespace(), name, path));
        return answer == null ? "" : answer.strip();
    }

    /** Seconds since the guest's kernel began. */
    double uptime() {
        return Double.parseDouble(http("/cgi-bin/uptime").split("\\s+", 2)[0]);
    }

    /** Has the guest write a line to its file system and make it last. */
    void write(String text) {
        http("/cgi-bin/write?text=" + encode(text));
    }

    /** Has the guest keep a line in its memory, and write it to its file system as well. */
    void mark(String text) {
        run("echo " + text + " > /run/mark");
        write(text);
    }

    /** The mark in its memory; nothing where it was restarted since. */
    String memory() {
        return run("cat /run/mark 2>/dev/null || true");
    }

    List<String> read() {
        return http("/cgi-bin/read").lines().toList();
    }

    /** What the guest gets when it fetches an address. */
    String fetch(String url) {
        return http("/cgi-bin/fetch?url=" + encode(url));
    }

    /** What a command prints in the tiny guest, where its root runs it. */
    public String run(String command) {
        String answer = http("/cgi-bin/run?command=" + encode(command));
        int status = answer.lastIndexOf("exit ");
        assertThat(answer.substring(status)).as(command + ":\n" + answer).isEqualTo("exit 0");
        return answer.substring(0, status).strip();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** How many QEMU processes run for this VM's pod on its node (Kind only). */
    long processes(String node, String podUid) {
        return laboratory
                .cluster()
                .onNode(
                        node,
                        "sh",
                        "-c",
                        "grep -l '%s' /proc/[0-9]*/cgroup 2>/dev/null | cut -d/ -f3 | xargs -r -I{} cat /proc/{}/comm 2>/dev/null | grep -c qemu-system || true"
                                .formatted(podUid.replace("-", "[-_]")))
                .strip()
                .transform(Long::parseLong);
    }

    /** Kills QEMU itself, with no warning to anybody. */
    void killQemu() {
        laboratory
                .cluster()
                .onNode(
                        node(),
                        "sh",
                        "-c",
                        "for p in $(grep -l '%s' /proc/[0-9]*/cgroup | cut -d/ -f3); do grep -q qemu-system /proc/$p/comm && kill -9 $p; done; true"
                                .formatted(podUid().replace("-", "[-_]")));
    }

    public void awaitGone() {
        laboratory
                .await(name + " and its pod gone", Duration.ofMinutes(3))
                .until(() -> get() == null && pod().isEmpty());
    }
}
