namespace Akka.TestKit;

/// <summary>Opens after a number of counts; waiting for it has a time-out.</summary>
public class TestLatch
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    private readonly CountdownEvent _event;
    private readonly TimeSpan _timeout;

    public TestLatch()
        : this(1)
    {
    }

    public TestLatch(int count)
        : this(count, DefaultTimeout)
    {
    }

    public TestLatch(int count, TimeSpan defaultTimeout)
    {
        _event = new CountdownEvent(count);
        _timeout = defaultTimeout;
    }

    public bool IsOpen => _event.IsSet;

    public void CountDown()
    {
        if (!_event.IsSet)
            _event.Signal();
    }

    public void Open()
    {
        while (!_event.IsSet)
            _event.Signal();
    }

    public void Reset() => _event.Reset();

    public void Ready() => Ready(_timeout);

    public void Ready(TimeSpan timeout)
    {
        if (!_event.Wait(timeout))
            throw new TimeoutException($"Timeout of {timeout}: the latch still waits for {_event.CurrentCount}");
    }
}
