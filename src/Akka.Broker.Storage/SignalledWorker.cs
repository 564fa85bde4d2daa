namespace Akka.Broker.Storage;

/// <summary>
/// A thread that does its one piece of work whenever it is woken; woken again meanwhile, it does it once more. What there is to do is for the work to find out.
/// Without a thread of its own (<see cref="LogWriterDrive"/>) the work is done at once by whoever wakes it, or not at all. Any thread.
/// </summary>
internal sealed class SignalledWorker : IDisposable
{
    private readonly Action _work;
    private readonly LogWriterDrive _drive;
    private readonly Thread? _thread;
    private readonly CancellationTokenSource _stopped = new();
    private readonly object _gate = new();
    private bool _isWoken;

    public SignalledWorker(string name, LogWriterDrive drive, Action work)
    {
        _work = work;
        _drive = drive;
        if (drive != LogWriterDrive.Thread)
            return;
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Cancelled when the work is to end, wherever it is.</summary>
    public CancellationToken Stopped => _stopped.Token;

    public void Wake()
    {
        if (_drive == LogWriterDrive.Inline)
        {
            _work();
            return;
        }
        lock (_gate)
        {
            _isWoken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>The thread does nothing any more when this returns.</summary>
    public void Dispose()
    {
        _stopped.Cancel();
        lock (_gate)
            Monitor.Pulse(_gate);
        if (_thread != Thread.CurrentThread)
            _thread?.Join();
    }

    private void Loop()
    {
        while (WaitUntilWoken())
        {
            try
            {
                _work();
            }
            catch (OperationCanceledException)
            {
                // It ended in the middle: for good, or until it is woken again.
            }
        }
    }

    private bool WaitUntilWoken()
    {
        lock (_gate)
        {
            while (!_isWoken && !_stopped.IsCancellationRequested)
                Monitor.Wait(_gate);
            _isWoken = false;
            return !_stopped.IsCancellationRequested;
        }
    }
}
