using System.Text;

namespace Akka.Broker.Clients.Tests.Support;

/// <summary>
/// A real log file: the text of this machine's own sources and system files, one line a record, one in three with a key (<c>path|line</c>).
/// Its size is <c>AKKA_BROKER_LOG_MB</c> MiB, 24 unless told; the full trial is 200 and more.
/// </summary>
public static class RealLog
{
    public const char KeyDelimiter = '\u0001';
    private static readonly string[] Roots = ["/var/log", "/usr/share/dotnet", "/usr/share/doc", "/usr/share/perl", "/usr/lib/python3", "/usr/include", "/etc"];

    public static int MebiBytes { get; } = int.TryParse(Environment.GetEnvironmentVariable("AKKA_BROKER_LOG_MB"), out var mb) ? mb : 24;

    /// <summary>Writes the file. Lines hold neither NUL nor the delimiter and none is empty, since kcat could not tell those apart.</summary>
    public static void Write(string path, bool keyed)
    {
        var left = (long)MebiBytes << 20;
        using var output = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        while (left > 0)
        {
            foreach (var file in Files())
            {
                if (left <= 0)
                    return;
                left -= Copy(file, output, keyed);
            }
        }
    }

    private static long Copy(string file, StreamWriter output, bool keyed)
    {
        var written = 0L;
        try
        {
            foreach (var line in File.ReadLines(file))
            {
                if (line.Length is 0 or > 10_000 || line.Contains('\0') || line.Contains(KeyDelimiter) || line.Contains('\uFFFD'))
                    continue;
                var text = keyed ? $"{Path.GetFileName(file)}{KeyDelimiter}{line}" : line;
                output.WriteLine(text);
                written += text.Length + 1;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that vanished or may not be read is not part of the log.
        }

        return written;
    }

    private static IEnumerable<string> Files()
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        string[] kinds = [".log", ".txt", ".h", ".xml", ".py", ".pl", ".pm", ".conf", ".json", ".md"];
        return Roots.Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateFiles(root, "*", options))
            .Where(f => kinds.Contains(Path.GetExtension(f)));
    }
}
