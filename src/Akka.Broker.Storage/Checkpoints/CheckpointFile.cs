using System.Globalization;
using System.Text;
using Akka.Broker.Storage.Disks;

namespace Akka.Broker.Storage.Checkpoints;

/// <summary>
/// The small text files that Kafka calls checkpoints.
/// <code>
/// 0            version
/// 2            how many lines follow
/// topic 0 57   a line an entry, its fields parted by a space
/// topic 1 12
/// </code>
/// Written beside the old one and moved over it, so that a crash leaves the one or the other.
/// </summary>
internal static class CheckpointFile
{
    private const string Version = "0";

    public static void Write(IDisk disk, string path, IEnumerable<string> lines)
    {
        var body = new StringBuilder();
        var count = 0;
        foreach (var line in lines)
        {
            body.Append(line).Append('\n');
            count++;
        }
        WriteWhole(disk, path, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Version}\n{count}\n{body}")));
    }

    /// <summary>Null if there is no such file.</summary>
    /// <exception cref="CorruptFileException">It is no such file.</exception>
    public static List<string[]>? Read(IDisk disk, string path, int fields)
    {
        if (!disk.FileExists(path))
            return null;
        var lines = Encoding.UTF8.GetString(ReadWhole(disk, path)).Split('\n');
        if (lines.Length < 2 || lines[0].Trim() != Version)
            throw new CorruptFileException(path, $"its first line must be the version, {Version}");
        if (!int.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > lines.Length - 2)
            throw new CorruptFileException(path, $"its second line must be the number of lines that follow, and is '{lines[1]}' before {lines.Length - 2} lines");
        var entries = new List<string[]>(count);
        for (var i = 0; i < count; i++)
        {
            var entry = lines[i + 2].TrimEnd('\r').Split(' ');
            if (entry.Length != fields)
                throw new CorruptFileException(path, $"line {i + 3} must have {fields} fields, and is '{lines[i + 2]}'");
            entries.Add(entry);
        }
        return entries;
    }

    public static void WriteWhole(IDisk disk, string path, ReadOnlySpan<byte> bytes)
    {
        var next = path + ".tmp";
        using (var file = disk.Open(next, DiskFileMode.Create))
        {
            file.Write(0, bytes);
            file.Sync();
        }
        disk.Move(next, path);
        disk.SyncFolder(Path.GetDirectoryName(path)!);
    }

    public static byte[] ReadWhole(IDisk disk, string path)
    {
        using var file = disk.Open(path, DiskFileMode.Open);
        var bytes = new byte[file.Length];
        var read = file.Read(0, bytes);
        return read == bytes.Length ? bytes : bytes[..read];
    }
}
