namespace Akka.TestKit;

/// <summary>Takes a muting back.</summary>
public interface IUnmutableFilter : IDisposable
{
    void Unmute();
}
