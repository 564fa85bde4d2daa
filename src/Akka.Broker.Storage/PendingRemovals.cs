using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Storage;

/// <summary>
/// Files and folders that are nobody's any more, until their time has come: <c>file.delete.delay.ms</c> behind their retirement. They have their <c>.deleted</c>
/// or <c>-delete</c> names already, by which the next start removes what a crash leaves. Any thread.
/// </summary>
internal sealed class PendingRemovals(LogEnvironment environment)
{
    private readonly PriorityQueue<string, long> _paths = new();
    private readonly Lock _gate = new();

    public void Add(IEnumerable<string> paths, long delayMs)
    {
        var due = environment.NowMs + delayMs;
        lock (_gate)
        {
            foreach (var path in paths)
                _paths.Enqueue(path, due);
        }
    }

    /// <summary>Takes what is due, or all of it.</summary>
    public bool TryTake(long nowMs, bool all, [NotNullWhen(true)] out List<string>? due)
    {
        due = null;
        lock (_gate)
        {
            while (_paths.TryPeek(out _, out var dueMs) && (all || dueMs <= nowMs))
                (due ??= []).Add(_paths.Dequeue());
        }
        return due is not null;
    }

    public void Remove(string path)
    {
        try
        {
            if (path.EndsWith(LogFileNames.DeleteFolder, StringComparison.Ordinal))
                environment.Disk.DeleteFolder(path);
            else
                environment.Disk.DeleteFile(path);
        }
        catch (IOException e)
        {
            environment.Tell(LogEventLevel.Warning, path, $"Could not be removed; the next start tries again: {e.Message}", e);
        }
    }
}
