using System.Collections.Concurrent;

namespace Akka.Dispatch;

/// <summary>
/// Turns on threads of its own, so that actors that block starve nobody else. Threads start with the first work; those of a pinned
/// dispatcher end with its one actor, those of a shared one with the system.
/// </summary>
internal sealed class DedicatedThreadsDispatcher : MessageDispatcher
{
    private readonly BlockingCollection<IRunnable> _work = [];
    private readonly int _threadCount;
    private readonly bool _endsWithActor;
    private int _started;

    public DedicatedThreadsDispatcher(MessageDispatcherConfigurator configurator, int threadCount, bool endsWithActor)
        : base(configurator)
    {
        _threadCount = threadCount;
        _endsWithActor = endsWithActor;
    }

    internal override void Detach()
    {
        if (_endsWithActor)
            Shutdown();
    }

    protected override void ExecuteTask(IRunnable run)
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
            StartThreads();
        try
        {
            _work.Add(run);
        }
        catch (InvalidOperationException)
        {
            // Shut down: what still comes, such as a watch of the dead actor, needs a thread all the same.
            ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
        }
    }

    protected override void Shutdown() => _work.CompleteAdding();

    private void StartThreads()
    {
        for (var i = 0; i < _threadCount; i++)
        {
            new Thread(Loop) { IsBackground = true, Name = $"{Id}-{i}" }.Start();
        }
    }

    private void Loop()
    {
        foreach (var run in _work.GetConsumingEnumerable())
            run.Run();
    }
}
