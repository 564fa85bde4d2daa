using System.Runtime.InteropServices;
using Akka.Broker;
using Akka.Broker.MultiNode.FaultyHost;
using Akka.Broker.Settings;
using Akka.Broker.Storage.Disks;

// faulty-broker FAULT-FILE --config FILE: a broker whose disk fails when the test says so. It says "ready" and "stopped" as akka-broker does.
var settings = BrokerConfiguration.Load(args[2], []);
using var faults = new FaultFile(args[0]);
var disk = new FaultyDisk(FileDisk.Instance) { Fault = faults.FaultOf };
var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = stop.TrySetResult());
var node = await BrokerNode.StartAsync(settings, TimeProvider.System, new Random(), disk).ConfigureAwait(false);
Console.WriteLine($"ready {node.KafkaListeners}");
await Task.WhenAny(stop.Task, node.Completion).ConfigureAwait(false);
if (node.Completion.IsFaulted)
{
    Console.Error.WriteLine(node.Completion.Exception.InnerException!.Message);
    return 4;
}
await node.StopAsync().ConfigureAwait(false);
Console.WriteLine("stopped");
return 0;
