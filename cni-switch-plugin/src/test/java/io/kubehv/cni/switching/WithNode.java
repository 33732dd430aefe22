package io.kubehv.cni.switching;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests each of which has a node without switches. */
abstract class WithNode {
    @TempDir
    Path directory;

    TestNode node;

    @BeforeEach
    void startNode() throws IOException {
        node = new TestNode(directory);
    }

    @AfterEach
    void endNode() throws Exception {
        node.close();
    }
}
