# A web server that serves files: server.pl PORT FOLDER. HTTP/1.0, which GRUB reads without fault.
use IO::Socket::INET; $SIG{CHLD} = "IGNORE";
my $server = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 16, ReuseAddr => 1) or die "$!";
while (1) {
    my $client = $server->accept or next;
    if (!fork) {
        my ($method, $path) = split " ", <$client>;
        1 while defined(my $line = <$client>) && $line =~ /\S/;
        my $found = $path !~ /\.\./ && -f "$ARGV[1]/$path" && open(my $file, "<:raw", "$ARGV[1]/$path");
        print $client $found ? "HTTP/1.0 200 OK\r\nContent-Length: " . (-s $file) . "\r\n\r\n" : "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        if ($found && $method eq "GET") { local $/ = \65536; print $client $_ while <$file> }
        exit;
    }
    close $client;
}
