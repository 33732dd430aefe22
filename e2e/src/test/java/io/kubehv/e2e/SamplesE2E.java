package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the samples and the documentation say works as they say it. */
@OnCluster
class SamplesE2E {
    private static final Path ROOT = Path.of("..");
    private static final Pattern COMMAND = Pattern.compile("`kubectl ([^`]+)`");

    static List<Path> samples() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("config/samples"))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .filter(file -> !file.endsWith("kustomization.yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void every_machine_of_a_sample_boots(Path sample, Laboratory laboratory) throws IOException {
        laboratory.apply(Files.readString(sample));

        List<String> machines = laboratory.machineNames();
        assertThat(machines).isNotEmpty();
        for (String name : machines) {
            laboratory.machine(name).awaitReady("True", "Running");
            laboratory.machine(name).awaitBooted();
        }
        laboratory.assertInSync(Files.readString(sample));
    }

    @Test
    void the_commands_of_the_readme_do_what_it_says(Laboratory laboratory) throws IOException {
        Path readme = ROOT.resolve("README.md");
        laboratory.apply(Manifests.onPage(readme).getFirst());
        laboratory.machine("web").awaitBooted();

        List<String> commands = COMMAND.matcher(Files.readString(readme))
                .results()
                .map((MatchResult match) -> match.group(1))
                // These stay until they are interrupted; BootE2E and PowerE2E cover what they show.
                .filter(command -> !command.startsWith("attach ")
                        && !command.startsWith("port-forward ")
                        && !command.startsWith("logs -f"))
                .toList();
        assertThat(commands).hasSizeGreaterThan(3);
        commands.forEach(laboratory::kubectl);
    }
}
