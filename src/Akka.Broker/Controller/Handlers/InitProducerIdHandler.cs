using Akka.Broker.Gateway;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller.Handlers;

/// <summary>
/// Gives an idempotent producer its id, with epoch 0. One that brings its id and epoch (KIP-360) keeps the id with the next epoch, which fences what it
/// sent before; where the epochs are used up, or the id was never given out, it gets a new one.
/// Transactional ids are refused with TRANSACTIONAL_ID_AUTHORIZATION_FAILED, which clients take as final: this broker has no transactions yet.
/// </summary>
public sealed class InitProducerIdHandler(ProducerIds ids, MetadataCache metadata) : RequestHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    public override (short Min, short Max) Versions => (0, 5);

    public override async ValueTask<InitProducerIdResponse> HandleAsync(InitProducerIdRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        if (request.TransactionalId is not null)
            return Refused(request.TransactionalId.Length == 0 ? ErrorCode.InvalidRequest : ErrorCode.TransactionalIdAuthorizationFailed);
        if ((request.ProducerId < 0) != (request.ProducerEpoch < 0))
            return Refused(ErrorCode.InvalidRequest);
        // The last epoch stays unused, so that a producer at it can always be fenced.
        if (request.ProducerId >= 0 && request.ProducerId < metadata.Current.NextProducerId && request.ProducerEpoch < short.MaxValue - 1)
            return new InitProducerIdResponse { ProducerId = request.ProducerId, ProducerEpoch = (short)(request.ProducerEpoch + 1) };
        try
        {
            return new InitProducerIdResponse { ProducerId = await ids.NextAsync(connectionClosed).ConfigureAwait(false), ProducerEpoch = 0 };
        }
        catch (ControllerUnavailableException)
        {
            return Refused(ErrorCode.CoordinatorNotAvailable);
        }
    }

    private static InitProducerIdResponse Refused(ErrorCode error) => new() { ErrorCode = error, ProducerId = -1, ProducerEpoch = -1 };
}
