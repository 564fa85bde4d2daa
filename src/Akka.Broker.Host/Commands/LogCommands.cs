using System.CommandLine;
using Akka.Broker.Storage;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Offline;

namespace Akka.Broker.Host.Commands;

/// <summary>
/// Looking at what is on the disk without a broker: <c>dump-log</c>, <c>verify</c>, <c>repair --dry-run</c>. None of them changes anything.
/// <code>
/// exit code 0  all is well      1  something is wrong, and said      2  it could not be looked at
/// </code>
/// </summary>
internal static class LogCommands
{
    private const int ExitFound = 1;

    public static Command Dump()
    {
        var files = new Argument<string[]>("FILE") { Description = "A .log, .index or .timeindex file.", Arity = ArgumentArity.OneOrMore };
        var records = new Option<bool>("--records") { Description = "A line a record, with key and value." };
        var offset = new Option<long>("--offset") { HelpName = "N", Description = "From the batch that holds this offset on." };
        var max = new Option<int>("--max") { HelpName = "N", Description = "At most so many batches of each file.", DefaultValueFactory = _ => int.MaxValue };
        var command = new Command("dump-log", "Shows what is in a log's files, a line a batch or entry.") { files, records, offset, max };
        command.SetAction(parsed => Guarded(() =>
        {
            var options = new LogDumpOptions(parsed.GetValue(records), parsed.GetValue(offset), parsed.GetValue(max));
            foreach (var file in parsed.GetValue(files)!)
            {
                Console.Out.WriteLine($"Dumping {file}");
                foreach (var line in LogDump.Lines(FileDisk.Instance, file, options))
                    Console.Out.WriteLine(line);
            }

            return 0;
        }));
        return command;
    }

    public static Command Verify()
    {
        var folders = Folders();
        var command = new Command("verify", "Reads all of a data folder that no broker serves, and says what is wrong with it.") { folders };
        command.SetAction(parsed => Guarded(() => Report(parsed.GetValue(folders)!, withRepairs: false)));
        return command;
    }

    public static Command Repair()
    {
        var folders = Folders();
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done. It is required: nothing else is offered." };
        var command = new Command(
            "repair", "Says what makes good what verify finds. It is the broker's next start that cuts torn ends and makes indexes again; what it cannot make good is left to you.")
        {
            folders,
            dryRun,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(dryRun))
                return Guarded(() => Report(parsed.GetValue(folders)!, withRepairs: true));
            Console.Error.WriteLine("repair changes nothing: say --dry-run to read what the next start does, and what is left to you.");
            return BrokerHost.ExitRefused;
        });
        return command;
    }

    private static Argument<string[]> Folders() => new("FOLDER") { Description = "A data folder (akka.broker.data-dirs).", Arity = ArgumentArity.OneOrMore };

    private static int Report(string[] folders, bool withRepairs)
    {
        var isWell = true;
        foreach (var folder in folders)
        {
            var report = FolderVerifier.Verify(FileDisk.Instance, folder);
            foreach (var finding in report.Findings)
            {
                Console.Out.WriteLine($"{Word(finding.Kind)} {finding.Path}: {finding.Text}");
                if (withRepairs)
                    Console.Out.WriteLine($"    {finding.Repair}");
            }

            Console.Out.WriteLine($"{folder}: {report.Partitions} partitions, {report.Batches} batches, {report.Bytes} bytes are valid; {report.Findings.Count} findings");
            isWell &= report.Findings.Count == 0;
        }

        return isWell ? 0 : ExitFound;
    }

    private static string Word(FindingKind kind) => kind switch
    {
        FindingKind.Cut => "TORN",
        FindingKind.Rebuilt => "INDEX",
        _ => "DAMAGED",
    };

    private static int Guarded(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception refused) when (refused is StorageException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(refused.Message.ReplaceLineEndings(" "));
            return BrokerHost.ExitRefused;
        }
    }
}
