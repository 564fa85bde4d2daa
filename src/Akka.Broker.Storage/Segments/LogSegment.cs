using Akka.Broker.Storage.Disks;
namespace Akka.Broker.Storage.Segments;

internal sealed class LogSegment
{
    public IDiskFile LogFile => throw new NotImplementedException();
    public void Release() => throw new NotImplementedException();
}
