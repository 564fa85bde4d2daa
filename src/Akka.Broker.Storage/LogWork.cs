namespace Akka.Broker.Storage;

/// <summary>Something other than an append that the folder's writer does in its turn.</summary>
internal abstract class LogWork
{
    /// <summary>Done, or its failure kept, until <see cref="Complete"/>.</summary>
    public abstract void Run();

    /// <summary>Fails it if it has not failed yet: the sync that it waits for did.</summary>
    public abstract void Fail(Exception cause);

    /// <summary>Tells who asked.</summary>
    public abstract void Complete();
}

/// <summary>Work with a result.</summary>
internal sealed class LogWork<T>(Func<T> work) : LogWork
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;
    private Exception? _failure;

    public Task<T> Task => _source.Task;

    public override void Run()
    {
        try
        {
            _result = work();
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    public override void Fail(Exception cause) => _failure ??= cause;

    public override void Complete()
    {
        if (_failure is null)
            _source.SetResult(_result!);
        else
            _source.SetException(_failure);
    }
}
