using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Tests;

/// <summary>Partition folders that Apache Kafka 2.4.1 wrote, with what its own dump tool says of them: <c>shared/kafka-2.4.1-files</c> beside the checkout.</summary>
internal static class KafkaFiles
{
    public static readonly string? Root = Find();

    public static readonly string[] Folders =
        ["fx-gzip-0", "fx-headers-0", "fx-idempotent-0", "fx-logappend-0", "fx-lz4-0", "fx-plain-0", "fx-snappy-0", "fx-transactions-0", "fx-zstd-0"];

    public static void Require() => Skip.If(Root is null, "SKIPPED: no folder shared/kafka-2.4.1-files beside the checkout; Kafka's own files are not compared.");

    /// <summary>Copies a partition's folder, without the dumps.</summary>
    public static void CopyTo(string folder, MemoryDisk disk, string target)
    {
        foreach (var path in Directory.GetFiles(Path.Combine(Root!, folder)))
        {
            if (!path.EndsWith(".txt", StringComparison.Ordinal))
                disk.WriteAll($"{target}/{Path.GetFileName(path)}", File.ReadAllBytes(path));
        }
    }

    /// <summary>The lines that Kafka's dump tool prints of a partition's batches, in order.</summary>
    public static List<DumpedBatch> Dump(string folder)
    {
        var batches = new List<DumpedBatch>();
        foreach (var path in Directory.GetFiles(Path.Combine(Root!, folder), "*.dump.txt").Order(StringComparer.Ordinal))
        {
            foreach (var line in File.ReadLines(path))
            {
                if (line.StartsWith("baseOffset: ", StringComparison.Ordinal))
                    batches.Add(new DumpedBatch(Fields(line), []));
                else if (line.StartsWith("| offset: ", StringComparison.Ordinal))
                    batches[^1].Records.Add(Fields(line[2..]));
            }
        }
        return batches;
    }

    private static Dictionary<string, string> Fields(string line)
    {
        var fields = new Dictionary<string, string>();
        var words = line.Split(' ');
        for (var i = 0; i + 1 < words.Length; i += 2)
        {
            if (!words[i].EndsWith(':') || words[i] == "headerKeys:")
                break;
            fields[words[i].TrimEnd(':')] = words[i + 1];
        }
        return fields;
    }

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var path = Path.Combine(at.FullName, "shared", "kafka-2.4.1-files");
            if (Directory.Exists(path))
                return path;
        }
        return null;
    }
}

/// <summary>A batch as the dump tool prints it, by the tool's names of the fields.</summary>
internal sealed record DumpedBatch(Dictionary<string, string> Fields, List<Dictionary<string, string>> Records)
{
    public long Number(string field) => long.Parse(Fields[field], System.Globalization.CultureInfo.InvariantCulture);
}
