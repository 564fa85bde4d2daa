using System.Collections.Concurrent;

namespace Akka.Broker.Storage;

/// <summary>
/// A data folder's second thread: syncs for checkpoints, checkpoint files and removals, one after the other, beside the writer's traffic.
/// Without a thread of its own it does them at once, on the caller's.
/// </summary>
internal sealed class BesideWriter
{
    private readonly BlockingCollection<LogWork>? _queue;
    private readonly Thread? _thread;
    private readonly string _name;

    public BesideWriter(string dataFolder, LogWriterDrive drive)
    {
        _name = dataFolder;
        if (drive != LogWriterDrive.Thread)
            return;
        _queue = [];
        _thread = new Thread(Loop) { IsBackground = true, Name = $"log-beside {dataFolder}" };
        _thread.Start();
    }

    public Task RunAsync(Action action)
    {
        var work = new LogWork<bool>(() => { action(); return true; });
        if (_queue is null)
        {
            work.Run();
            work.Complete();
            return work.Task;
        }
        try
        {
            _queue.Add(work);
        }
        catch (InvalidOperationException)
        {
            return Task.FromException(new LogClosedException(_name));
        }
        return work.Task;
    }

    /// <summary>Does what is queued, and takes nothing more.</summary>
    public void Stop()
    {
        if (_queue is null || _queue.IsAddingCompleted)
            return;
        _queue.CompleteAdding();
        _thread!.Join();
    }

    private void Loop()
    {
        foreach (var work in _queue!.GetConsumingEnumerable())
        {
            work.Run();
            work.Complete();
        }
    }
}
