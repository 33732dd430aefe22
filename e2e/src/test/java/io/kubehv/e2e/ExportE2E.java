package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.kubehv.api.v1alpha1.CaptureState;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.api.v1alpha1.ExportPhase;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.ImportPhase;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@OnCluster
class ExportE2E {
    private static final Path PAGE = Path.of("../docs/export.md");
    private static final Pattern COMMAND = Pattern.compile("^\\$ kubectl (.*)$", Pattern.MULTILINE);
    private static final Duration DONE = Duration.ofMinutes(5);

    private static final String SHELF = """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: shelf}
            spec:
              accessModes: [ReadWriteOnce]
              resources: {requests: {storage: 1Gi}}
            """;

    private static Machine started(Laboratory laboratory, int generation) {
        laboratory.apply(SHELF);
        laboratory.apply(Manifests.tiny("web", generation));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        web.awaitAgent();
        return web;
    }

    private static Export awaitExport(Laboratory laboratory, String name) {
        return await(
                laboratory, Export.class, name, export -> export.getStatus().phase(), ExportPhase.EXPORTED);
    }

    private static Import awaitImport(Laboratory laboratory, String name, ImportPhase phase) {
        return await(laboratory, Import.class, name, found -> found.getStatus().phase(), phase);
    }

    private static <T extends CustomResource<?, ?>, P extends Enum<P>> T await(
            Laboratory laboratory, Class<T> kind, String name, Function<T, P> phase, P wanted) {
        Resource<T> resource = laboratory.object(kind, name);
        laboratory.await(kind.getSimpleName() + " " + name, DONE).untilAsserted(() -> {
            T found = resource.get();
            assertThat(phase.apply(found)).as("%s", found.getStatus()).isEqualTo(wanted);
        });
        return resource.get();
    }

    private static String importing(String name, String mode, String machine, String path) {
        return """
                apiVersion: kubehv.io/v1alpha1
                kind: Import
                metadata: {name: %s}
                spec:
                  mode: %s
                  virtualMachine: %s
                  source: {persistentVolumeClaim: {name: shelf, path: %s}}
                """.formatted(name, mode, machine, path);
    }

    @Test
    void a_vm_is_exported_while_it_runs_and_its_copy_runs_beside_it_as_the_page_says(Laboratory laboratory)
            throws IOException {
        Machine web = started(laboratory, 2);
        web.write("exported");
        List<String> manifests = Manifests.onPage(PAGE);

        laboratory.apply(manifests.getFirst());
        Export done = awaitExport(laboratory, "web-2026");
        web.write("later");
        assertThat(done.getStatus().captureState()).isEqualTo(CaptureState.DATA_CONSISTENT);
        laboratory.await("nothing left of the export in the cluster", DONE).untilAsserted(() -> {
            assertThat(laboratory
                            .client()
                            .resources(Checkpoint.class)
                            .inNamespace(laboratory.namespace())
                            .list()
                            .getItems())
                    .isEmpty();
            assertThat(web.get().getStatus().checkpoint()).isNull();
        });

        laboratory.apply(manifests.get(1));
        awaitImport(laboratory, "web-again", ImportPhase.IMPORTED);
        for (String command : COMMAND.matcher(Files.readString(PAGE))
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList()) {
            laboratory.kubectl(command);
        }
        Machine copy = laboratory.machine("web-copy");
        copy.awaitGuest();

        assertThat(copy.read()).contains("exported").doesNotContain("later");
        assertThat(web.read()).contains("exported", "later");
        assertThat(copy.get().getStatus().identity().uuid())
                .isNotEqualTo(web.get().getStatus().identity().uuid());
        assertThat(copy.get().getStatus().identity().macAddresses().get("lan"))
                .isNotEqualTo(web.get().getStatus().identity().macAddresses().get("lan"));
    }

    @Test
    void a_checkpoint_is_exported_and_registered_when_its_vm_is_gone(Laboratory laboratory) {
        Machine web = started(laboratory, 1);
        web.write("kept");
        new Tree(laboratory, "web").take("kept", "Standard");
        web.write("lost");
        laboratory.apply("""
                apiVersion: kubehv.io/v1alpha1
                kind: Export
                metadata: {name: out}
                spec:
                  checkpoint: kept
                  target: {persistentVolumeClaim: {name: shelf}}
                """);
        assertThat(awaitExport(laboratory, "out").getStatus().captureState()).isEqualTo(CaptureState.CRASH_CONSISTENT);
        String uuid = web.get().getStatus().identity().uuid();
        laboratory.apply(importing("too-early", "Register", "again", "out"));
        assertThat(awaitImport(laboratory, "too-early", ImportPhase.FAILED)
                        .getStatus()
                        .conditions())
                .anySatisfy(condition -> assertThat(condition.getReason()).isEqualTo("AlreadyRegistered"));
        web.delete();
        web.awaitGone();

        laboratory.apply(importing("in", "Register", "again", "out"));
        awaitImport(laboratory, "in", ImportPhase.IMPORTED);
        Machine again = laboratory.machine("again");
        again.awaitState(VirtualMachineState.OFF);
        again.power(PowerState.RUNNING);
        again.awaitGuest();

        assertThat(again.read()).contains("kept").doesNotContain("lost");
        assertThat(again.get().getStatus().identity().uuid()).isEqualTo(uuid);
    }

    @ParameterizedTest
    @EnumSource(names = {"RUNNING", "SAVED"})
    void a_guest_goes_on_from_its_exported_memory_when_its_vm_is_gone_and_imported(
            PowerState state, Laboratory laboratory) {
        Machine web = started(laboratory, 2);
        web.write("kept");
        web.mark("in memory only");
        double before = web.uptime();
        if (state == PowerState.SAVED) {
            web.power(PowerState.SAVED);
            web.awaitReady("True", "Saved");
        }
        laboratory.apply("""
                apiVersion: kubehv.io/v1alpha1
                kind: Export
                metadata: {name: out}
                spec:
                  virtualMachine: web
                  memory: true
                  target: {persistentVolumeClaim: {name: shelf}}
                """);
        assertThat(awaitExport(laboratory, "out").getStatus().memory()).isTrue();
        String uuid = web.get().getStatus().identity().uuid();
        if (state == PowerState.RUNNING) {
            web.mark("later");
        }
        web.delete();
        web.awaitGone();

        laboratory.apply(importing("in", "Register", "again", "out"));
        assertThat(awaitImport(laboratory, "in", ImportPhase.IMPORTED)
                        .getStatus()
                        .memory())
                .isTrue();
        Machine again = laboratory.machine("again");
        again.awaitState(VirtualMachineState.SAVED);
        again.awaitReady("True", "Saved");
        again.power(PowerState.RUNNING);
        again.awaitGuest();

        assertThat(again.memory()).isEqualTo("in memory only");
        assertThat(again.read()).contains("kept");
        assertThat(again.console()).as("a guest that goes on does not boot").doesNotContain("tiny: booted");
        assertThat(again.uptime()).isGreaterThan(before);
        assertThat(again.get().getStatus().identity().uuid()).isEqualTo(uuid);
    }
}
