using Akka.Broker.Controller;
using Akka.Broker.Controller.Handlers;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Quorum.Handlers;

/// <summary>Tells an operator who leads the metadata log, who votes and who follows, and how far they are. The controller's node alone knows, so it is asked.</summary>
public sealed class DescribeQuorumHandler(ControllerClient controller) : AdminHandler<DescribeQuorumRequest, DescribeQuorumResponse>(controller)
{
    public override (short Min, short Max) Versions => (0, 2);

    /// <summary>Who looks at a cluster without a controller should hear so soon.</summary>
    protected override int TimeoutMsOf(DescribeQuorumRequest request) => 5000;

    protected override DescribeQuorumResponse Refuse(DescribeQuorumRequest request, ErrorCode error, string message) => QuorumReport.Refuse(error, message);
}
