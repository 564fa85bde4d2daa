using Akka.Broker.Clients.Tests.Support;

namespace Akka.Broker.Cmd.Tests.Processes;

/// <summary>The prompt on a terminal, as a user's keys meet it.</summary>
[Collection(OneNode.Name)]
public sealed class PromptSpec(OneNode node)
{
    /// <summary>Runs pbm on a pseudo terminal: keys to send and, before each, what must be on the screen.</summary>
    private const string Terminal = """
        import fcntl, os, pty, select, struct, sys, termios, time
        program, address, home = sys.argv[1:4]
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(program, [program, address], {**os.environ, "HOME": home, "TERM": "xterm"})
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
        shown, limit = "", time.monotonic() + 120
        for step in sys.argv[4:]:
            wanted, keys = step.split("=>")
            while wanted not in shown:
                assert time.monotonic() < limit and select.select([terminal], [], [], 60)[0], f"'{wanted}' is not shown: {shown!r}"
                shown += os.read(terminal, 4096).decode()
            shown = shown[shown.index(wanted) + len(wanted):]
            os.write(terminal, keys.encode().decode("unicode_escape").encode())
        while select.select([terminal], [], [], 10)[0]:
            try:
                if not os.read(terminal, 4096):
                    break
            except OSError:
                break
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """;

    [SkippableFact]
    public async Task Tab_completes_commands_and_the_names_of_what_there_is_and_the_history_goes_back()
    {
        Skip.IfNot((await Tool.RunAsync("/usr/bin/python3", "-c", "import pty")).ExitCode == 0, "python3 is not installed");
        await node.OutputAsync("topic", "create", "tabbed");
        using var home = new TempFolder();

        (await Tool.RunAsync(
            "/usr/bin/python3", "-c", Terminal, Cluster.Executable, node.Address, home.Root,
            "pbm 127=>topic desc\\t",
            "topic describe =>tabb\\t",
            "topic describe tabbed =>\\r",
            "partitions=>\\x1b[A",
            "topic describe tabbed =>--f\\t",
            "--format =>j\\t",
            "--format json =>\\r",
            "\"partitions\"=>exit\\r")).MustSucceed();
        Assert.Equal(["topic describe tabbed ", "topic describe tabbed --format json ", "exit"], await File.ReadAllLinesAsync(home.File(".pbm_history")));
    }
}
