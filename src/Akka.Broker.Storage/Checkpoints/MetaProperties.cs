using System.Globalization;
using System.Text;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Checkpoints;

/// <summary>
/// A data folder's <c>meta.properties</c>: whose it is. Java's properties format; lines that begin with <c>#</c> are comments.
/// <code>
/// version=1
/// cluster.id=MkU3OEVBNTcwNTJENDM2Qg     (absent until the cluster is formed)
/// node.id=1                              (version 0, of ZooKeeper's time, says broker.id)
/// directory.id=mJk1xVbHT2WcRQDRZPYqBA   (may be absent in version 0)
/// </code>
/// Replaced whole, so that a crash leaves the old one or the new one.
/// </summary>
internal sealed record MetaProperties(int NodeId, string? ClusterId, Guid DirectoryId)
{
    /// <summary>Null if there is no such file. The directory id is empty if the file has none.</summary>
    /// <exception cref="CorruptFileException">It does not say whose folder this is.</exception>
    public static MetaProperties? Read(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, LogFileNames.MetaProperties);
        if (!disk.FileExists(path))
            return null;
        var values = Parse(Encoding.UTF8.GetString(CheckpointFile.ReadWhole(disk, path)));
        var version = values.GetValueOrDefault("version");
        if (version is not ("0" or "1"))
            throw new CorruptFileException(path, $"its version must be 0 or 1, and is '{version}'");
        var key = version == "0" ? "broker.id" : "node.id";
        if (!int.TryParse(values.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var nodeId))
            throw new CorruptFileException(path, $"{key} must be a number, and is '{values.GetValueOrDefault(key)}'");
        var directory = Guid.Empty;
        if (values.TryGetValue("directory.id", out var text) && !KafkaUuid.TryParse(text, out directory))
            throw new CorruptFileException(path, $"directory.id must be 22 characters of base64, and is '{text}'");
        return new MetaProperties(nodeId, values.GetValueOrDefault("cluster.id"), directory);
    }

    public void Write(IDisk disk, string folder)
    {
        var text = new StringBuilder("#\n").Append(CultureInfo.InvariantCulture, $"node.id={NodeId}\ndirectory.id={KafkaUuid.Format(DirectoryId)}\nversion=1\n");
        if (ClusterId is not null)
            text.Append(CultureInfo.InvariantCulture, $"cluster.id={ClusterId}\n");
        CheckpointFile.WriteWhole(disk, Path.Combine(folder, LogFileNames.MetaProperties), Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static Dictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>();
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var separator = line.IndexOfAny(['=', ':']);
            if (line[0] is not ('#' or '!') && separator > 0)
                values[line[..separator].TrimEnd()] = line[(separator + 1)..].TrimStart().Replace("\\", "");
        }
        return values;
    }
}
