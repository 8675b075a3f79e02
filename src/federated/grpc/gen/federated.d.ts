import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace sordino. */
export namespace sordino {

    /** Namespace federated. */
    namespace federated {

        /** Namespace v1. */
        namespace v1 {

            /**
             * Properties of a SiteMessage.
             * @deprecated Use sordino.federated.v1.SiteMessage.$Properties instead.
             */
            interface ISiteMessage extends sordino.federated.v1.SiteMessage.$Properties {
            }

            /** Represents a SiteMessage. */
            class SiteMessage {

                /**
                 * Constructs a new SiteMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SiteMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SiteMessage join. */
                join?: (sordino.federated.v1.JoinRequest.$Properties|null);

                /** SiteMessage updateHeader. */
                updateHeader?: (sordino.federated.v1.UpdateHeader.$Properties|null);

                /** SiteMessage chunk. */
                chunk?: (sordino.federated.v1.TensorChunk.$Properties|null);

                /** SiteMessage updateEnd. */
                updateEnd?: (sordino.federated.v1.UpdateEnd.$Properties|null);

                /** SiteMessage evaluation. */
                evaluation?: (sordino.federated.v1.Evaluation.$Properties|null);

                /** SiteMessage declined. */
                declined?: (sordino.federated.v1.Declined.$Properties|null);

                /** SiteMessage credit. */
                credit?: (sordino.federated.v1.Credit.$Properties|null);

                /** SiteMessage leave. */
                leave?: (sordino.federated.v1.Leave.$Properties|null);

                /** SiteMessage secure. */
                secure?: (sordino.federated.v1.SecureAnswer.$Properties|null);

                /** SiteMessage message. */
                message?: ("join"|"updateHeader"|"chunk"|"updateEnd"|"evaluation"|"declined"|"credit"|"leave"|"secure");

                /**
                 * Creates a new SiteMessage instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SiteMessage instance
                 */
                static create(properties: sordino.federated.v1.SiteMessage.$Shape): sordino.federated.v1.SiteMessage & sordino.federated.v1.SiteMessage.$Shape;
                static create(properties?: sordino.federated.v1.SiteMessage.$Properties): sordino.federated.v1.SiteMessage;

                /**
                 * Encodes the specified SiteMessage message. Does not implicitly {@link sordino.federated.v1.SiteMessage.verify|verify} messages.
                 * @param message SiteMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SiteMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SiteMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SiteMessage & sordino.federated.v1.SiteMessage.$Shape} SiteMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SiteMessage & sordino.federated.v1.SiteMessage.$Shape;
            }

            namespace SiteMessage {

                /** Properties of a SiteMessage. */
                interface $Properties {

                    /** SiteMessage join */
                    join?: (sordino.federated.v1.JoinRequest.$Properties|null);

                    /** SiteMessage updateHeader */
                    updateHeader?: (sordino.federated.v1.UpdateHeader.$Properties|null);

                    /** SiteMessage chunk */
                    chunk?: (sordino.federated.v1.TensorChunk.$Properties|null);

                    /** SiteMessage updateEnd */
                    updateEnd?: (sordino.federated.v1.UpdateEnd.$Properties|null);

                    /** SiteMessage evaluation */
                    evaluation?: (sordino.federated.v1.Evaluation.$Properties|null);

                    /** SiteMessage declined */
                    declined?: (sordino.federated.v1.Declined.$Properties|null);

                    /** SiteMessage credit */
                    credit?: (sordino.federated.v1.Credit.$Properties|null);

                    /** SiteMessage leave */
                    leave?: (sordino.federated.v1.Leave.$Properties|null);

                    /** SiteMessage secure */
                    secure?: (sordino.federated.v1.SecureAnswer.$Properties|null);

                    /** SiteMessage message */
                    message?: ("join"|"updateHeader"|"chunk"|"updateEnd"|"evaluation"|"declined"|"credit"|"leave"|"secure");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a SiteMessage. */
                type $Shape = {
                  join?: sordino.federated.v1.JoinRequest.$Shape|null;
                  updateHeader?: sordino.federated.v1.UpdateHeader.$Shape|null;
                  chunk?: sordino.federated.v1.TensorChunk.$Shape|null;
                  updateEnd?: sordino.federated.v1.UpdateEnd.$Shape|null;
                  evaluation?: sordino.federated.v1.Evaluation.$Shape|null;
                  declined?: sordino.federated.v1.Declined.$Shape|null;
                  credit?: sordino.federated.v1.Credit.$Shape|null;
                  leave?: sordino.federated.v1.Leave.$Shape|null;
                  secure?: sordino.federated.v1.SecureAnswer.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ message?: undefined; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "join"; join: sordino.federated.v1.JoinRequest.$Shape; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "updateHeader"; join?: null; updateHeader: sordino.federated.v1.UpdateHeader.$Shape; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "chunk"; join?: null; updateHeader?: null; chunk: sordino.federated.v1.TensorChunk.$Shape; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "updateEnd"; join?: null; updateHeader?: null; chunk?: null; updateEnd: sordino.federated.v1.UpdateEnd.$Shape; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "evaluation"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation: sordino.federated.v1.Evaluation.$Shape; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "declined"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined: sordino.federated.v1.Declined.$Shape; credit?: null; leave?: null; secure?: null }|{ message?: "credit"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit: sordino.federated.v1.Credit.$Shape; leave?: null; secure?: null }|{ message?: "leave"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave: sordino.federated.v1.Leave.$Shape; secure?: null }|{ message?: "secure"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure: sordino.federated.v1.SecureAnswer.$Shape })
                );
            }

            /**
             * Properties of a CoordinatorMessage.
             * @deprecated Use sordino.federated.v1.CoordinatorMessage.$Properties instead.
             */
            interface ICoordinatorMessage extends sordino.federated.v1.CoordinatorMessage.$Properties {
            }

            /** Represents a CoordinatorMessage. */
            class CoordinatorMessage {

                /**
                 * Constructs a new CoordinatorMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.CoordinatorMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** CoordinatorMessage welcome. */
                welcome?: (sordino.federated.v1.Welcome.$Properties|null);

                /** CoordinatorMessage instruction. */
                instruction?: (sordino.federated.v1.Instruction.$Properties|null);

                /** CoordinatorMessage chunk. */
                chunk?: (sordino.federated.v1.TensorChunk.$Properties|null);

                /** CoordinatorMessage reject. */
                reject?: (sordino.federated.v1.Reject.$Properties|null);

                /** CoordinatorMessage credit. */
                credit?: (sordino.federated.v1.Credit.$Properties|null);

                /** CoordinatorMessage receipt. */
                receipt?: (sordino.federated.v1.Receipt.$Properties|null);

                /** CoordinatorMessage resume. */
                resume?: (sordino.federated.v1.Resume.$Properties|null);

                /** CoordinatorMessage secure. */
                secure?: (sordino.federated.v1.SecureOrder.$Properties|null);

                /** CoordinatorMessage message. */
                message?: ("welcome"|"instruction"|"chunk"|"reject"|"credit"|"receipt"|"resume"|"secure");

                /**
                 * Creates a new CoordinatorMessage instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns CoordinatorMessage instance
                 */
                static create(properties: sordino.federated.v1.CoordinatorMessage.$Shape): sordino.federated.v1.CoordinatorMessage & sordino.federated.v1.CoordinatorMessage.$Shape;
                static create(properties?: sordino.federated.v1.CoordinatorMessage.$Properties): sordino.federated.v1.CoordinatorMessage;

                /**
                 * Encodes the specified CoordinatorMessage message. Does not implicitly {@link sordino.federated.v1.CoordinatorMessage.verify|verify} messages.
                 * @param message CoordinatorMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.CoordinatorMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a CoordinatorMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.CoordinatorMessage & sordino.federated.v1.CoordinatorMessage.$Shape} CoordinatorMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.CoordinatorMessage & sordino.federated.v1.CoordinatorMessage.$Shape;
            }

            namespace CoordinatorMessage {

                /** Properties of a CoordinatorMessage. */
                interface $Properties {

                    /** CoordinatorMessage welcome */
                    welcome?: (sordino.federated.v1.Welcome.$Properties|null);

                    /** CoordinatorMessage instruction */
                    instruction?: (sordino.federated.v1.Instruction.$Properties|null);

                    /** CoordinatorMessage chunk */
                    chunk?: (sordino.federated.v1.TensorChunk.$Properties|null);

                    /** CoordinatorMessage reject */
                    reject?: (sordino.federated.v1.Reject.$Properties|null);

                    /** CoordinatorMessage credit */
                    credit?: (sordino.federated.v1.Credit.$Properties|null);

                    /** CoordinatorMessage receipt */
                    receipt?: (sordino.federated.v1.Receipt.$Properties|null);

                    /** CoordinatorMessage resume */
                    resume?: (sordino.federated.v1.Resume.$Properties|null);

                    /** CoordinatorMessage secure */
                    secure?: (sordino.federated.v1.SecureOrder.$Properties|null);

                    /** CoordinatorMessage message */
                    message?: ("welcome"|"instruction"|"chunk"|"reject"|"credit"|"receipt"|"resume"|"secure");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a CoordinatorMessage. */
                type $Shape = {
                  welcome?: sordino.federated.v1.Welcome.$Shape|null;
                  instruction?: sordino.federated.v1.Instruction.$Shape|null;
                  chunk?: sordino.federated.v1.TensorChunk.$Shape|null;
                  reject?: sordino.federated.v1.Reject.$Shape|null;
                  credit?: sordino.federated.v1.Credit.$Shape|null;
                  receipt?: sordino.federated.v1.Receipt.$Shape|null;
                  resume?: sordino.federated.v1.Resume.$Shape|null;
                  secure?: sordino.federated.v1.SecureOrder.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ message?: undefined; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "welcome"; welcome: sordino.federated.v1.Welcome.$Shape; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "instruction"; welcome?: null; instruction: sordino.federated.v1.Instruction.$Shape; chunk?: null; reject?: null; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "chunk"; welcome?: null; instruction?: null; chunk: sordino.federated.v1.TensorChunk.$Shape; reject?: null; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "reject"; welcome?: null; instruction?: null; chunk?: null; reject: sordino.federated.v1.Reject.$Shape; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "credit"; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit: sordino.federated.v1.Credit.$Shape; receipt?: null; resume?: null; secure?: null }|{ message?: "receipt"; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt: sordino.federated.v1.Receipt.$Shape; resume?: null; secure?: null }|{ message?: "resume"; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt?: null; resume: sordino.federated.v1.Resume.$Shape; secure?: null }|{ message?: "secure"; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt?: null; resume?: null; secure: sordino.federated.v1.SecureOrder.$Shape })
                );
            }

            /** TensorDtype enum. */
            enum TensorDtype {

                /** TENSOR_DTYPE_UNSPECIFIED value */
                TENSOR_DTYPE_UNSPECIFIED = 0,

                /** TENSOR_DTYPE_FLOAT32 value */
                TENSOR_DTYPE_FLOAT32 = 1,

                /** TENSOR_DTYPE_FLOAT64 value */
                TENSOR_DTYPE_FLOAT64 = 2,

                /** TENSOR_DTYPE_INT32 value */
                TENSOR_DTYPE_INT32 = 3,

                /** TENSOR_DTYPE_INT64 value */
                TENSOR_DTYPE_INT64 = 4,

                /** TENSOR_DTYPE_UINT8 value */
                TENSOR_DTYPE_UINT8 = 5,

                /** TENSOR_DTYPE_BOOL value */
                TENSOR_DTYPE_BOOL = 6
            }

            /**
             * Properties of a TensorSpec.
             * @deprecated Use sordino.federated.v1.TensorSpec.$Properties instead.
             */
            interface ITensorSpec extends sordino.federated.v1.TensorSpec.$Properties {
            }

            /** Represents a TensorSpec. */
            class TensorSpec {

                /**
                 * Constructs a new TensorSpec.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.TensorSpec.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TensorSpec name. */
                name: string;

                /** TensorSpec dtype. */
                dtype: sordino.federated.v1.TensorDtype;

                /** TensorSpec shape. */
                shape: number[];

                /** TensorSpec sha256. */
                sha256: Uint8Array;

                /**
                 * Creates a new TensorSpec instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns TensorSpec instance
                 */
                static create(properties: sordino.federated.v1.TensorSpec.$Shape): sordino.federated.v1.TensorSpec & sordino.federated.v1.TensorSpec.$Shape;
                static create(properties?: sordino.federated.v1.TensorSpec.$Properties): sordino.federated.v1.TensorSpec;

                /**
                 * Encodes the specified TensorSpec message. Does not implicitly {@link sordino.federated.v1.TensorSpec.verify|verify} messages.
                 * @param message TensorSpec message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.TensorSpec.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TensorSpec message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.TensorSpec & sordino.federated.v1.TensorSpec.$Shape} TensorSpec
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.TensorSpec & sordino.federated.v1.TensorSpec.$Shape;
            }

            namespace TensorSpec {

                /** Properties of a TensorSpec. */
                interface $Properties {

                    /** TensorSpec name */
                    name?: (string|null);

                    /** TensorSpec dtype */
                    dtype?: (sordino.federated.v1.TensorDtype|null);

                    /** TensorSpec shape */
                    shape?: (number[]|null);

                    /** TensorSpec sha256 */
                    sha256?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TensorSpec. */
                type $Shape = sordino.federated.v1.TensorSpec.$Properties;
            }

            /**
             * Properties of a TensorChunk.
             * @deprecated Use sordino.federated.v1.TensorChunk.$Properties instead.
             */
            interface ITensorChunk extends sordino.federated.v1.TensorChunk.$Properties {
            }

            /** Represents a TensorChunk. */
            class TensorChunk {

                /**
                 * Constructs a new TensorChunk.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.TensorChunk.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TensorChunk tensor. */
                tensor: number;

                /** TensorChunk index. */
                index: number;

                /** TensorChunk data. */
                data: Uint8Array;

                /**
                 * Creates a new TensorChunk instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns TensorChunk instance
                 */
                static create(properties: sordino.federated.v1.TensorChunk.$Shape): sordino.federated.v1.TensorChunk & sordino.federated.v1.TensorChunk.$Shape;
                static create(properties?: sordino.federated.v1.TensorChunk.$Properties): sordino.federated.v1.TensorChunk;

                /**
                 * Encodes the specified TensorChunk message. Does not implicitly {@link sordino.federated.v1.TensorChunk.verify|verify} messages.
                 * @param message TensorChunk message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.TensorChunk.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TensorChunk message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.TensorChunk & sordino.federated.v1.TensorChunk.$Shape} TensorChunk
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.TensorChunk & sordino.federated.v1.TensorChunk.$Shape;
            }

            namespace TensorChunk {

                /** Properties of a TensorChunk. */
                interface $Properties {

                    /** TensorChunk tensor */
                    tensor?: (number|null);

                    /** TensorChunk index */
                    index?: (number|null);

                    /** TensorChunk data */
                    data?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TensorChunk. */
                type $Shape = sordino.federated.v1.TensorChunk.$Properties;
            }

            /**
             * Properties of a Credit.
             * @deprecated Use sordino.federated.v1.Credit.$Properties instead.
             */
            interface ICredit extends sordino.federated.v1.Credit.$Properties {
            }

            /** Represents a Credit. */
            class Credit {

                /**
                 * Constructs a new Credit.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Credit.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Credit chunks. */
                chunks: number;

                /**
                 * Creates a new Credit instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Credit instance
                 */
                static create(properties: sordino.federated.v1.Credit.$Shape): sordino.federated.v1.Credit & sordino.federated.v1.Credit.$Shape;
                static create(properties?: sordino.federated.v1.Credit.$Properties): sordino.federated.v1.Credit;

                /**
                 * Encodes the specified Credit message. Does not implicitly {@link sordino.federated.v1.Credit.verify|verify} messages.
                 * @param message Credit message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Credit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Credit message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Credit & sordino.federated.v1.Credit.$Shape} Credit
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Credit & sordino.federated.v1.Credit.$Shape;
            }

            namespace Credit {

                /** Properties of a Credit. */
                interface $Properties {

                    /** Credit chunks */
                    chunks?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Credit. */
                type $Shape = sordino.federated.v1.Credit.$Properties;
            }

            /**
             * Properties of a JoinRequest.
             * @deprecated Use sordino.federated.v1.JoinRequest.$Properties instead.
             */
            interface IJoinRequest extends sordino.federated.v1.JoinRequest.$Properties {
            }

            /** Represents a JoinRequest. */
            class JoinRequest {

                /**
                 * Constructs a new JoinRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.JoinRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** JoinRequest protocolVersion. */
                protocolVersion: number;

                /** JoinRequest site. */
                site: string;

                /** JoinRequest capabilities. */
                capabilities: string[];

                /** JoinRequest weight. */
                weight: number;

                /** JoinRequest held. */
                held?: (sordino.federated.v1.ModelPlace.$Properties|null);

                /**
                 * Creates a new JoinRequest instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns JoinRequest instance
                 */
                static create(properties: sordino.federated.v1.JoinRequest.$Shape): sordino.federated.v1.JoinRequest & sordino.federated.v1.JoinRequest.$Shape;
                static create(properties?: sordino.federated.v1.JoinRequest.$Properties): sordino.federated.v1.JoinRequest;

                /**
                 * Encodes the specified JoinRequest message. Does not implicitly {@link sordino.federated.v1.JoinRequest.verify|verify} messages.
                 * @param message JoinRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.JoinRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a JoinRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.JoinRequest & sordino.federated.v1.JoinRequest.$Shape} JoinRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.JoinRequest & sordino.federated.v1.JoinRequest.$Shape;
            }

            namespace JoinRequest {

                /** Properties of a JoinRequest. */
                interface $Properties {

                    /** JoinRequest protocolVersion */
                    protocolVersion?: (number|null);

                    /** JoinRequest site */
                    site?: (string|null);

                    /** JoinRequest capabilities */
                    capabilities?: (string[]|null);

                    /** JoinRequest weight */
                    weight?: (number|null);

                    /** JoinRequest held */
                    held?: (sordino.federated.v1.ModelPlace.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a JoinRequest. */
                type $Shape = sordino.federated.v1.JoinRequest.$Properties;
            }

            /**
             * Properties of a ModelPlace.
             * @deprecated Use sordino.federated.v1.ModelPlace.$Properties instead.
             */
            interface IModelPlace extends sordino.federated.v1.ModelPlace.$Properties {
            }

            /** Represents a ModelPlace. */
            class ModelPlace {

                /**
                 * Constructs a new ModelPlace.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.ModelPlace.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ModelPlace round. */
                round: number;

                /** ModelPlace model. */
                model: Uint8Array;

                /** ModelPlace tensor. */
                tensor: number;

                /** ModelPlace index. */
                index: number;

                /**
                 * Creates a new ModelPlace instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ModelPlace instance
                 */
                static create(properties: sordino.federated.v1.ModelPlace.$Shape): sordino.federated.v1.ModelPlace & sordino.federated.v1.ModelPlace.$Shape;
                static create(properties?: sordino.federated.v1.ModelPlace.$Properties): sordino.federated.v1.ModelPlace;

                /**
                 * Encodes the specified ModelPlace message. Does not implicitly {@link sordino.federated.v1.ModelPlace.verify|verify} messages.
                 * @param message ModelPlace message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.ModelPlace.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ModelPlace message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.ModelPlace & sordino.federated.v1.ModelPlace.$Shape} ModelPlace
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.ModelPlace & sordino.federated.v1.ModelPlace.$Shape;
            }

            namespace ModelPlace {

                /** Properties of a ModelPlace. */
                interface $Properties {

                    /** ModelPlace round */
                    round?: (number|null);

                    /** ModelPlace model */
                    model?: (Uint8Array|null);

                    /** ModelPlace tensor */
                    tensor?: (number|null);

                    /** ModelPlace index */
                    index?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ModelPlace. */
                type $Shape = sordino.federated.v1.ModelPlace.$Properties;
            }

            /**
             * Properties of a Welcome.
             * @deprecated Use sordino.federated.v1.Welcome.$Properties instead.
             */
            interface IWelcome extends sordino.federated.v1.Welcome.$Properties {
            }

            /** Represents a Welcome. */
            class Welcome {

                /**
                 * Constructs a new Welcome.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Welcome.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Welcome protocolVersion. */
                protocolVersion: number;

                /** Welcome runId. */
                runId: string;

                /** Welcome rounds. */
                rounds: number;

                /** Welcome topologyJson. */
                topologyJson: Uint8Array;

                /** Welcome tensors. */
                tensors: sordino.federated.v1.TensorSpec.$Properties[];

                /** Welcome minClients. */
                minClients: number;

                /** Welcome secureAggregation. */
                secureAggregation: boolean;

                /** Welcome siteNoise. */
                siteNoise?: (sordino.federated.v1.SiteNoise.$Properties|null);

                /**
                 * Creates a new Welcome instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Welcome instance
                 */
                static create(properties: sordino.federated.v1.Welcome.$Shape): sordino.federated.v1.Welcome & sordino.federated.v1.Welcome.$Shape;
                static create(properties?: sordino.federated.v1.Welcome.$Properties): sordino.federated.v1.Welcome;

                /**
                 * Encodes the specified Welcome message. Does not implicitly {@link sordino.federated.v1.Welcome.verify|verify} messages.
                 * @param message Welcome message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Welcome message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Welcome & sordino.federated.v1.Welcome.$Shape} Welcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Welcome & sordino.federated.v1.Welcome.$Shape;
            }

            namespace Welcome {

                /** Properties of a Welcome. */
                interface $Properties {

                    /** Welcome protocolVersion */
                    protocolVersion?: (number|null);

                    /** Welcome runId */
                    runId?: (string|null);

                    /** Welcome rounds */
                    rounds?: (number|null);

                    /** Welcome topologyJson */
                    topologyJson?: (Uint8Array|null);

                    /** Welcome tensors */
                    tensors?: (sordino.federated.v1.TensorSpec.$Properties[]|null);

                    /** Welcome minClients */
                    minClients?: (number|null);

                    /** Welcome secureAggregation */
                    secureAggregation?: (boolean|null);

                    /** Welcome siteNoise */
                    siteNoise?: (sordino.federated.v1.SiteNoise.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Welcome. */
                type $Shape = sordino.federated.v1.Welcome.$Properties;
            }

            /**
             * Properties of a SiteNoise.
             * @deprecated Use sordino.federated.v1.SiteNoise.$Properties instead.
             */
            interface ISiteNoise extends sordino.federated.v1.SiteNoise.$Properties {
            }

            /** Represents a SiteNoise. */
            class SiteNoise {

                /**
                 * Constructs a new SiteNoise.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SiteNoise.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SiteNoise rounds. */
                rounds: number;

                /** SiteNoise l2ClipNorm. */
                l2ClipNorm: number;

                /** SiteNoise noiseMultiplier. */
                noiseMultiplier: number;

                /** SiteNoise honestSurvivors. */
                honestSurvivors: number;

                /**
                 * Creates a new SiteNoise instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SiteNoise instance
                 */
                static create(properties: sordino.federated.v1.SiteNoise.$Shape): sordino.federated.v1.SiteNoise & sordino.federated.v1.SiteNoise.$Shape;
                static create(properties?: sordino.federated.v1.SiteNoise.$Properties): sordino.federated.v1.SiteNoise;

                /**
                 * Encodes the specified SiteNoise message. Does not implicitly {@link sordino.federated.v1.SiteNoise.verify|verify} messages.
                 * @param message SiteNoise message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SiteNoise.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SiteNoise message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SiteNoise & sordino.federated.v1.SiteNoise.$Shape} SiteNoise
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SiteNoise & sordino.federated.v1.SiteNoise.$Shape;
            }

            namespace SiteNoise {

                /** Properties of a SiteNoise. */
                interface $Properties {

                    /** SiteNoise rounds */
                    rounds?: (number|null);

                    /** SiteNoise l2ClipNorm */
                    l2ClipNorm?: (number|null);

                    /** SiteNoise noiseMultiplier */
                    noiseMultiplier?: (number|null);

                    /** SiteNoise honestSurvivors */
                    honestSurvivors?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SiteNoise. */
                type $Shape = sordino.federated.v1.SiteNoise.$Properties;
            }

            /** InstructionKind enum. */
            enum InstructionKind {

                /** INSTRUCTION_KIND_UNSPECIFIED value */
                INSTRUCTION_KIND_UNSPECIFIED = 0,

                /** INSTRUCTION_KIND_TRAIN value */
                INSTRUCTION_KIND_TRAIN = 1,

                /** INSTRUCTION_KIND_EVALUATE value */
                INSTRUCTION_KIND_EVALUATE = 2,

                /** INSTRUCTION_KIND_STOP value */
                INSTRUCTION_KIND_STOP = 3,

                /** INSTRUCTION_KIND_INITIAL_PARAMETERS value */
                INSTRUCTION_KIND_INITIAL_PARAMETERS = 4
            }

            /**
             * Properties of an Instruction.
             * @deprecated Use sordino.federated.v1.Instruction.$Properties instead.
             */
            interface IInstruction extends sordino.federated.v1.Instruction.$Properties {
            }

            /** Represents an Instruction. */
            class Instruction {

                /**
                 * Constructs a new Instruction.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Instruction.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Instruction kind. */
                kind: sordino.federated.v1.InstructionKind;

                /** Instruction round. */
                round: number;

                /** Instruction config. */
                config: { [k: string]: number };

                /** Instruction tensors. */
                tensors: sordino.federated.v1.TensorSpec.$Properties[];

                /** Instruction from. */
                from?: (sordino.federated.v1.ChunkPlace.$Properties|null);

                /** Instruction lineage. */
                lineage?: (sordino.federated.v1.Lineage.$Properties|null);

                /** Instruction signature. */
                signature: Uint8Array;

                /**
                 * Creates a new Instruction instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Instruction instance
                 */
                static create(properties: sordino.federated.v1.Instruction.$Shape): sordino.federated.v1.Instruction & sordino.federated.v1.Instruction.$Shape;
                static create(properties?: sordino.federated.v1.Instruction.$Properties): sordino.federated.v1.Instruction;

                /**
                 * Encodes the specified Instruction message. Does not implicitly {@link sordino.federated.v1.Instruction.verify|verify} messages.
                 * @param message Instruction message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Instruction.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Instruction message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Instruction & sordino.federated.v1.Instruction.$Shape} Instruction
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Instruction & sordino.federated.v1.Instruction.$Shape;
            }

            namespace Instruction {

                /** Properties of an Instruction. */
                interface $Properties {

                    /** Instruction kind */
                    kind?: (sordino.federated.v1.InstructionKind|null);

                    /** Instruction round */
                    round?: (number|null);

                    /** Instruction config */
                    config?: ({ [k: string]: number }|null);

                    /** Instruction tensors */
                    tensors?: (sordino.federated.v1.TensorSpec.$Properties[]|null);

                    /** Instruction from */
                    from?: (sordino.federated.v1.ChunkPlace.$Properties|null);

                    /** Instruction lineage */
                    lineage?: (sordino.federated.v1.Lineage.$Properties|null);

                    /** Instruction signature */
                    signature?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Instruction. */
                type $Shape = sordino.federated.v1.Instruction.$Properties;
            }

            /**
             * Properties of a ChunkPlace.
             * @deprecated Use sordino.federated.v1.ChunkPlace.$Properties instead.
             */
            interface IChunkPlace extends sordino.federated.v1.ChunkPlace.$Properties {
            }

            /** Represents a ChunkPlace. */
            class ChunkPlace {

                /**
                 * Constructs a new ChunkPlace.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.ChunkPlace.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ChunkPlace tensor. */
                tensor: number;

                /** ChunkPlace index. */
                index: number;

                /**
                 * Creates a new ChunkPlace instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns ChunkPlace instance
                 */
                static create(properties: sordino.federated.v1.ChunkPlace.$Shape): sordino.federated.v1.ChunkPlace & sordino.federated.v1.ChunkPlace.$Shape;
                static create(properties?: sordino.federated.v1.ChunkPlace.$Properties): sordino.federated.v1.ChunkPlace;

                /**
                 * Encodes the specified ChunkPlace message. Does not implicitly {@link sordino.federated.v1.ChunkPlace.verify|verify} messages.
                 * @param message ChunkPlace message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.ChunkPlace.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ChunkPlace message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.ChunkPlace & sordino.federated.v1.ChunkPlace.$Shape} ChunkPlace
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.ChunkPlace & sordino.federated.v1.ChunkPlace.$Shape;
            }

            namespace ChunkPlace {

                /** Properties of a ChunkPlace. */
                interface $Properties {

                    /** ChunkPlace tensor */
                    tensor?: (number|null);

                    /** ChunkPlace index */
                    index?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ChunkPlace. */
                type $Shape = sordino.federated.v1.ChunkPlace.$Properties;
            }

            /**
             * Properties of a Lineage.
             * @deprecated Use sordino.federated.v1.Lineage.$Properties instead.
             */
            interface ILineage extends sordino.federated.v1.Lineage.$Properties {
            }

            /** Represents a Lineage. */
            class Lineage {

                /**
                 * Constructs a new Lineage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Lineage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Lineage round. */
                round: number;

                /** Lineage parent. */
                parent: Uint8Array;

                /** Lineage model. */
                model: Uint8Array;

                /** Lineage strategy. */
                strategy: string;

                /** Lineage signature. */
                signature: Uint8Array;

                /**
                 * Creates a new Lineage instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Lineage instance
                 */
                static create(properties: sordino.federated.v1.Lineage.$Shape): sordino.federated.v1.Lineage & sordino.federated.v1.Lineage.$Shape;
                static create(properties?: sordino.federated.v1.Lineage.$Properties): sordino.federated.v1.Lineage;

                /**
                 * Encodes the specified Lineage message. Does not implicitly {@link sordino.federated.v1.Lineage.verify|verify} messages.
                 * @param message Lineage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Lineage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Lineage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Lineage & sordino.federated.v1.Lineage.$Shape} Lineage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Lineage & sordino.federated.v1.Lineage.$Shape;
            }

            namespace Lineage {

                /** Properties of a Lineage. */
                interface $Properties {

                    /** Lineage round */
                    round?: (number|null);

                    /** Lineage parent */
                    parent?: (Uint8Array|null);

                    /** Lineage model */
                    model?: (Uint8Array|null);

                    /** Lineage strategy */
                    strategy?: (string|null);

                    /** Lineage signature */
                    signature?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Lineage. */
                type $Shape = sordino.federated.v1.Lineage.$Properties;
            }

            /** NeighboringRelation enum. */
            enum NeighboringRelation {

                /** NEIGHBORING_RELATION_UNSPECIFIED value */
                NEIGHBORING_RELATION_UNSPECIFIED = 0,

                /** NEIGHBORING_RELATION_ADD_OR_REMOVE_ONE value */
                NEIGHBORING_RELATION_ADD_OR_REMOVE_ONE = 1,

                /** NEIGHBORING_RELATION_REPLACE_ONE value */
                NEIGHBORING_RELATION_REPLACE_ONE = 2,

                /** NEIGHBORING_RELATION_ZERO_OUT value */
                NEIGHBORING_RELATION_ZERO_OUT = 3
            }

            /** PrivacyUnit enum. */
            enum PrivacyUnit {

                /** PRIVACY_UNIT_UNSPECIFIED value */
                PRIVACY_UNIT_UNSPECIFIED = 0,

                /** PRIVACY_UNIT_EXAMPLE value */
                PRIVACY_UNIT_EXAMPLE = 1,

                /** PRIVACY_UNIT_USER value */
                PRIVACY_UNIT_USER = 2,

                /** PRIVACY_UNIT_CLIENT value */
                PRIVACY_UNIT_CLIENT = 3,

                /** PRIVACY_UNIT_DEVICE value */
                PRIVACY_UNIT_DEVICE = 4,

                /** PRIVACY_UNIT_SEQUENCE value */
                PRIVACY_UNIT_SEQUENCE = 5
            }

            /**
             * Properties of a PrivacyStatement.
             * @deprecated Use sordino.federated.v1.PrivacyStatement.$Properties instead.
             */
            interface IPrivacyStatement extends sordino.federated.v1.PrivacyStatement.$Properties {
            }

            /** Represents a PrivacyStatement. */
            class PrivacyStatement {

                /**
                 * Constructs a new PrivacyStatement.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.PrivacyStatement.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** PrivacyStatement epsilonLower. */
                epsilonLower: number;

                /** PrivacyStatement epsilonUpper. */
                epsilonUpper: number;

                /** PrivacyStatement delta. */
                delta: number;

                /** PrivacyStatement neighboring. */
                neighboring: sordino.federated.v1.NeighboringRelation;

                /** PrivacyStatement unit. */
                unit: sordino.federated.v1.PrivacyUnit;

                /**
                 * Creates a new PrivacyStatement instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns PrivacyStatement instance
                 */
                static create(properties: sordino.federated.v1.PrivacyStatement.$Shape): sordino.federated.v1.PrivacyStatement & sordino.federated.v1.PrivacyStatement.$Shape;
                static create(properties?: sordino.federated.v1.PrivacyStatement.$Properties): sordino.federated.v1.PrivacyStatement;

                /**
                 * Encodes the specified PrivacyStatement message. Does not implicitly {@link sordino.federated.v1.PrivacyStatement.verify|verify} messages.
                 * @param message PrivacyStatement message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.PrivacyStatement.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a PrivacyStatement message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.PrivacyStatement & sordino.federated.v1.PrivacyStatement.$Shape} PrivacyStatement
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.PrivacyStatement & sordino.federated.v1.PrivacyStatement.$Shape;
            }

            namespace PrivacyStatement {

                /** Properties of a PrivacyStatement. */
                interface $Properties {

                    /** PrivacyStatement epsilonLower */
                    epsilonLower?: (number|null);

                    /** PrivacyStatement epsilonUpper */
                    epsilonUpper?: (number|null);

                    /** PrivacyStatement delta */
                    delta?: (number|null);

                    /** PrivacyStatement neighboring */
                    neighboring?: (sordino.federated.v1.NeighboringRelation|null);

                    /** PrivacyStatement unit */
                    unit?: (sordino.federated.v1.PrivacyUnit|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a PrivacyStatement. */
                type $Shape = sordino.federated.v1.PrivacyStatement.$Properties;
            }

            /**
             * Properties of a SignedReport.
             * @deprecated Use sordino.federated.v1.SignedReport.$Properties instead.
             */
            interface ISignedReport extends sordino.federated.v1.SignedReport.$Properties {
            }

            /** Represents a SignedReport. */
            class SignedReport {

                /**
                 * Constructs a new SignedReport.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SignedReport.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SignedReport body. */
                body: Uint8Array;

                /** SignedReport signature. */
                signature: Uint8Array;

                /**
                 * Creates a new SignedReport instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SignedReport instance
                 */
                static create(properties: sordino.federated.v1.SignedReport.$Shape): sordino.federated.v1.SignedReport & sordino.federated.v1.SignedReport.$Shape;
                static create(properties?: sordino.federated.v1.SignedReport.$Properties): sordino.federated.v1.SignedReport;

                /**
                 * Encodes the specified SignedReport message. Does not implicitly {@link sordino.federated.v1.SignedReport.verify|verify} messages.
                 * @param message SignedReport message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SignedReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SignedReport message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SignedReport & sordino.federated.v1.SignedReport.$Shape} SignedReport
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SignedReport & sordino.federated.v1.SignedReport.$Shape;
            }

            namespace SignedReport {

                /** Properties of a SignedReport. */
                interface $Properties {

                    /** SignedReport body */
                    body?: (Uint8Array|null);

                    /** SignedReport signature */
                    signature?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SignedReport. */
                type $Shape = sordino.federated.v1.SignedReport.$Properties;
            }

            /**
             * Properties of an UpdateHeader.
             * @deprecated Use sordino.federated.v1.UpdateHeader.$Properties instead.
             */
            interface IUpdateHeader extends sordino.federated.v1.UpdateHeader.$Properties {
            }

            /** Represents an UpdateHeader. */
            class UpdateHeader {

                /**
                 * Constructs a new UpdateHeader.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.UpdateHeader.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** UpdateHeader round. */
                round: number;

                /** UpdateHeader stepsTaken. */
                stepsTaken: number;

                /** UpdateHeader privacy. */
                privacy?: (sordino.federated.v1.PrivacyStatement.$Properties|null);

                /** UpdateHeader tensors. */
                tensors: sordino.federated.v1.TensorSpec.$Properties[];

                /** UpdateHeader isAgain. */
                isAgain: boolean;

                /** UpdateHeader report. */
                report?: (sordino.federated.v1.SignedReport.$Properties|null);

                /**
                 * Creates a new UpdateHeader instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns UpdateHeader instance
                 */
                static create(properties: sordino.federated.v1.UpdateHeader.$Shape): sordino.federated.v1.UpdateHeader & sordino.federated.v1.UpdateHeader.$Shape;
                static create(properties?: sordino.federated.v1.UpdateHeader.$Properties): sordino.federated.v1.UpdateHeader;

                /**
                 * Encodes the specified UpdateHeader message. Does not implicitly {@link sordino.federated.v1.UpdateHeader.verify|verify} messages.
                 * @param message UpdateHeader message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.UpdateHeader.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an UpdateHeader message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.UpdateHeader & sordino.federated.v1.UpdateHeader.$Shape} UpdateHeader
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.UpdateHeader & sordino.federated.v1.UpdateHeader.$Shape;
            }

            namespace UpdateHeader {

                /** Properties of an UpdateHeader. */
                interface $Properties {

                    /** UpdateHeader round */
                    round?: (number|null);

                    /** UpdateHeader stepsTaken */
                    stepsTaken?: (number|null);

                    /** UpdateHeader privacy */
                    privacy?: (sordino.federated.v1.PrivacyStatement.$Properties|null);

                    /** UpdateHeader tensors */
                    tensors?: (sordino.federated.v1.TensorSpec.$Properties[]|null);

                    /** UpdateHeader isAgain */
                    isAgain?: (boolean|null);

                    /** UpdateHeader report */
                    report?: (sordino.federated.v1.SignedReport.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an UpdateHeader. */
                type $Shape = sordino.federated.v1.UpdateHeader.$Properties;
            }

            /**
             * Properties of a Resume.
             * @deprecated Use sordino.federated.v1.Resume.$Properties instead.
             */
            interface IResume extends sordino.federated.v1.Resume.$Properties {
            }

            /** Represents a Resume. */
            class Resume {

                /**
                 * Constructs a new Resume.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Resume.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Resume round. */
                round: number;

                /** Resume from. */
                from?: (sordino.federated.v1.ChunkPlace.$Properties|null);

                /**
                 * Creates a new Resume instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Resume instance
                 */
                static create(properties: sordino.federated.v1.Resume.$Shape): sordino.federated.v1.Resume & sordino.federated.v1.Resume.$Shape;
                static create(properties?: sordino.federated.v1.Resume.$Properties): sordino.federated.v1.Resume;

                /**
                 * Encodes the specified Resume message. Does not implicitly {@link sordino.federated.v1.Resume.verify|verify} messages.
                 * @param message Resume message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Resume.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Resume message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Resume & sordino.federated.v1.Resume.$Shape} Resume
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Resume & sordino.federated.v1.Resume.$Shape;
            }

            namespace Resume {

                /** Properties of a Resume. */
                interface $Properties {

                    /** Resume round */
                    round?: (number|null);

                    /** Resume from */
                    from?: (sordino.federated.v1.ChunkPlace.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Resume. */
                type $Shape = sordino.federated.v1.Resume.$Properties;
            }

            /**
             * Properties of an UpdateEnd.
             * @deprecated Use sordino.federated.v1.UpdateEnd.$Properties instead.
             */
            interface IUpdateEnd extends sordino.federated.v1.UpdateEnd.$Properties {
            }

            /** Represents an UpdateEnd. */
            class UpdateEnd {

                /**
                 * Constructs a new UpdateEnd.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.UpdateEnd.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** UpdateEnd round. */
                round: number;

                /** UpdateEnd complete. */
                complete: boolean;

                /**
                 * Creates a new UpdateEnd instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns UpdateEnd instance
                 */
                static create(properties: sordino.federated.v1.UpdateEnd.$Shape): sordino.federated.v1.UpdateEnd & sordino.federated.v1.UpdateEnd.$Shape;
                static create(properties?: sordino.federated.v1.UpdateEnd.$Properties): sordino.federated.v1.UpdateEnd;

                /**
                 * Encodes the specified UpdateEnd message. Does not implicitly {@link sordino.federated.v1.UpdateEnd.verify|verify} messages.
                 * @param message UpdateEnd message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.UpdateEnd.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an UpdateEnd message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.UpdateEnd & sordino.federated.v1.UpdateEnd.$Shape} UpdateEnd
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.UpdateEnd & sordino.federated.v1.UpdateEnd.$Shape;
            }

            namespace UpdateEnd {

                /** Properties of an UpdateEnd. */
                interface $Properties {

                    /** UpdateEnd round */
                    round?: (number|null);

                    /** UpdateEnd complete */
                    complete?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an UpdateEnd. */
                type $Shape = sordino.federated.v1.UpdateEnd.$Properties;
            }

            /**
             * Properties of an Evaluation.
             * @deprecated Use sordino.federated.v1.Evaluation.$Properties instead.
             */
            interface IEvaluation extends sordino.federated.v1.Evaluation.$Properties {
            }

            /** Represents an Evaluation. */
            class Evaluation {

                /**
                 * Constructs a new Evaluation.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Evaluation.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Evaluation round. */
                round: number;

                /** Evaluation metrics. */
                metrics: { [k: string]: number };

                /**
                 * Creates a new Evaluation instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Evaluation instance
                 */
                static create(properties: sordino.federated.v1.Evaluation.$Shape): sordino.federated.v1.Evaluation & sordino.federated.v1.Evaluation.$Shape;
                static create(properties?: sordino.federated.v1.Evaluation.$Properties): sordino.federated.v1.Evaluation;

                /**
                 * Encodes the specified Evaluation message. Does not implicitly {@link sordino.federated.v1.Evaluation.verify|verify} messages.
                 * @param message Evaluation message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Evaluation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Evaluation message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Evaluation & sordino.federated.v1.Evaluation.$Shape} Evaluation
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Evaluation & sordino.federated.v1.Evaluation.$Shape;
            }

            namespace Evaluation {

                /** Properties of an Evaluation. */
                interface $Properties {

                    /** Evaluation round */
                    round?: (number|null);

                    /** Evaluation metrics */
                    metrics?: ({ [k: string]: number }|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Evaluation. */
                type $Shape = sordino.federated.v1.Evaluation.$Properties;
            }

            /** DeclineCode enum. */
            enum DeclineCode {

                /** DECLINE_CODE_UNSPECIFIED value */
                DECLINE_CODE_UNSPECIFIED = 0,

                /** DECLINE_CODE_NOT_AVAILABLE value */
                DECLINE_CODE_NOT_AVAILABLE = 1,

                /** DECLINE_CODE_BUDGET value */
                DECLINE_CODE_BUDGET = 2,

                /** DECLINE_CODE_CLIENT_ERROR value */
                DECLINE_CODE_CLIENT_ERROR = 3,

                /** DECLINE_CODE_CORRUPT value */
                DECLINE_CODE_CORRUPT = 4,

                /** DECLINE_CODE_INTERRUPTED value */
                DECLINE_CODE_INTERRUPTED = 5,

                /** DECLINE_CODE_UNSIGNED value */
                DECLINE_CODE_UNSIGNED = 6,

                /** DECLINE_CODE_POLICY value */
                DECLINE_CODE_POLICY = 7
            }

            /**
             * Properties of a Declined.
             * @deprecated Use sordino.federated.v1.Declined.$Properties instead.
             */
            interface IDeclined extends sordino.federated.v1.Declined.$Properties {
            }

            /** Represents a Declined. */
            class Declined {

                /**
                 * Constructs a new Declined.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Declined.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Declined round. */
                round: number;

                /** Declined code. */
                code: sordino.federated.v1.DeclineCode;

                /**
                 * Creates a new Declined instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Declined instance
                 */
                static create(properties: sordino.federated.v1.Declined.$Shape): sordino.federated.v1.Declined & sordino.federated.v1.Declined.$Shape;
                static create(properties?: sordino.federated.v1.Declined.$Properties): sordino.federated.v1.Declined;

                /**
                 * Encodes the specified Declined message. Does not implicitly {@link sordino.federated.v1.Declined.verify|verify} messages.
                 * @param message Declined message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Declined.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Declined message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Declined & sordino.federated.v1.Declined.$Shape} Declined
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Declined & sordino.federated.v1.Declined.$Shape;
            }

            namespace Declined {

                /** Properties of a Declined. */
                interface $Properties {

                    /** Declined round */
                    round?: (number|null);

                    /** Declined code */
                    code?: (sordino.federated.v1.DeclineCode|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Declined. */
                type $Shape = sordino.federated.v1.Declined.$Properties;
            }

            /** RejectCode enum. */
            enum RejectCode {

                /** REJECT_CODE_UNSPECIFIED value */
                REJECT_CODE_UNSPECIFIED = 0,

                /** REJECT_CODE_VERSION value */
                REJECT_CODE_VERSION = 1,

                /** REJECT_CODE_SITE value */
                REJECT_CODE_SITE = 2,

                /** REJECT_CODE_DUPLICATE_SITE value */
                REJECT_CODE_DUPLICATE_SITE = 3,

                /** REJECT_CODE_CLOSED value */
                REJECT_CODE_CLOSED = 4,

                /** REJECT_CODE_PROTOCOL value */
                REJECT_CODE_PROTOCOL = 5,

                /** REJECT_CODE_NON_FINITE value */
                REJECT_CODE_NON_FINITE = 6,

                /** REJECT_CODE_NAME value */
                REJECT_CODE_NAME = 7,

                /** REJECT_CODE_SHAPE value */
                REJECT_CODE_SHAPE = 8,

                /** REJECT_CODE_DTYPE value */
                REJECT_CODE_DTYPE = 9,

                /** REJECT_CODE_COUNT value */
                REJECT_CODE_COUNT = 10,

                /** REJECT_CODE_SIZE value */
                REJECT_CODE_SIZE = 11,

                /** REJECT_CODE_DIGEST value */
                REJECT_CODE_DIGEST = 12,

                /** REJECT_CODE_DUPLICATE value */
                REJECT_CODE_DUPLICATE = 13,

                /** REJECT_CODE_OTHER_ROUND value */
                REJECT_CODE_OTHER_ROUND = 14,

                /** REJECT_CODE_LATE value */
                REJECT_CODE_LATE = 15,

                /** REJECT_CODE_STATEMENT value */
                REJECT_CODE_STATEMENT = 16,

                /** REJECT_CODE_RANGE value */
                REJECT_CODE_RANGE = 17,

                /** REJECT_CODE_INCOMPLETE value */
                REJECT_CODE_INCOMPLETE = 18,

                /** REJECT_CODE_FULL value */
                REJECT_CODE_FULL = 19,

                /** REJECT_CODE_IDENTITY value */
                REJECT_CODE_IDENTITY = 20,

                /** REJECT_CODE_REPORT value */
                REJECT_CODE_REPORT = 21
            }

            /**
             * Properties of a Reject.
             * @deprecated Use sordino.federated.v1.Reject.$Properties instead.
             */
            interface IReject extends sordino.federated.v1.Reject.$Properties {
            }

            /** Represents a Reject. */
            class Reject {

                /**
                 * Constructs a new Reject.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Reject.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Reject round. */
                round: number;

                /** Reject code. */
                code: sordino.federated.v1.RejectCode;

                /** Reject text. */
                text: string;

                /**
                 * Creates a new Reject instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Reject instance
                 */
                static create(properties: sordino.federated.v1.Reject.$Shape): sordino.federated.v1.Reject & sordino.federated.v1.Reject.$Shape;
                static create(properties?: sordino.federated.v1.Reject.$Properties): sordino.federated.v1.Reject;

                /**
                 * Encodes the specified Reject message. Does not implicitly {@link sordino.federated.v1.Reject.verify|verify} messages.
                 * @param message Reject message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Reject.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Reject message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Reject & sordino.federated.v1.Reject.$Shape} Reject
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Reject & sordino.federated.v1.Reject.$Shape;
            }

            namespace Reject {

                /** Properties of a Reject. */
                interface $Properties {

                    /** Reject round */
                    round?: (number|null);

                    /** Reject code */
                    code?: (sordino.federated.v1.RejectCode|null);

                    /** Reject text */
                    text?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Reject. */
                type $Shape = sordino.federated.v1.Reject.$Properties;
            }

            /**
             * Properties of a Receipt.
             * @deprecated Use sordino.federated.v1.Receipt.$Properties instead.
             */
            interface IReceipt extends sordino.federated.v1.Receipt.$Properties {
            }

            /** Represents a Receipt. */
            class Receipt {

                /**
                 * Constructs a new Receipt.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Receipt.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Receipt round. */
                round: number;

                /**
                 * Creates a new Receipt instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Receipt instance
                 */
                static create(properties: sordino.federated.v1.Receipt.$Shape): sordino.federated.v1.Receipt & sordino.federated.v1.Receipt.$Shape;
                static create(properties?: sordino.federated.v1.Receipt.$Properties): sordino.federated.v1.Receipt;

                /**
                 * Encodes the specified Receipt message. Does not implicitly {@link sordino.federated.v1.Receipt.verify|verify} messages.
                 * @param message Receipt message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Receipt.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Receipt message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Receipt & sordino.federated.v1.Receipt.$Shape} Receipt
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Receipt & sordino.federated.v1.Receipt.$Shape;
            }

            namespace Receipt {

                /** Properties of a Receipt. */
                interface $Properties {

                    /** Receipt round */
                    round?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Receipt. */
                type $Shape = sordino.federated.v1.Receipt.$Properties;
            }

            /**
             * Properties of a Leave.
             * @deprecated Use sordino.federated.v1.Leave.$Properties instead.
             */
            interface ILeave extends sordino.federated.v1.Leave.$Properties {
            }

            /** Represents a Leave. */
            class Leave {

                /**
                 * Constructs a new Leave.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.Leave.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Creates a new Leave instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns Leave instance
                 */
                static create(properties: sordino.federated.v1.Leave.$Shape): sordino.federated.v1.Leave & sordino.federated.v1.Leave.$Shape;
                static create(properties?: sordino.federated.v1.Leave.$Properties): sordino.federated.v1.Leave;

                /**
                 * Encodes the specified Leave message. Does not implicitly {@link sordino.federated.v1.Leave.verify|verify} messages.
                 * @param message Leave message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.Leave.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Leave message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Leave & sordino.federated.v1.Leave.$Shape} Leave
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.Leave & sordino.federated.v1.Leave.$Shape;
            }

            namespace Leave {

                /** Properties of a Leave. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Leave. */
                type $Shape = sordino.federated.v1.Leave.$Properties;
            }

            /**
             * Properties of a SecureOrder.
             * @deprecated Use sordino.federated.v1.SecureOrder.$Properties instead.
             */
            interface ISecureOrder extends sordino.federated.v1.SecureOrder.$Properties {
            }

            /** Represents a SecureOrder. */
            class SecureOrder {

                /**
                 * Constructs a new SecureOrder.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureOrder.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureOrder round. */
                round: number;

                /** SecureOrder plan. */
                plan?: (sordino.federated.v1.SecurePlan.$Properties|null);

                /** SecureOrder keys. */
                keys?: (sordino.federated.v1.SecureKeyList.$Properties|null);

                /** SecureOrder boxes. */
                boxes?: (sordino.federated.v1.SecureBoxList.$Properties|null);

                /** SecureOrder survivors. */
                survivors?: (sordino.federated.v1.SecureSurvivorList.$Properties|null);

                /** SecureOrder attestations. */
                attestations?: (sordino.federated.v1.SecureAttestationList.$Properties|null);

                /** SecureOrder participants. */
                participants?: (sordino.federated.v1.SecureSurvivorList.$Properties|null);

                /** SecureOrder step. */
                step?: ("plan"|"keys"|"boxes"|"survivors"|"attestations"|"participants");

                /**
                 * Creates a new SecureOrder instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureOrder instance
                 */
                static create(properties: sordino.federated.v1.SecureOrder.$Shape): sordino.federated.v1.SecureOrder & sordino.federated.v1.SecureOrder.$Shape;
                static create(properties?: sordino.federated.v1.SecureOrder.$Properties): sordino.federated.v1.SecureOrder;

                /**
                 * Encodes the specified SecureOrder message. Does not implicitly {@link sordino.federated.v1.SecureOrder.verify|verify} messages.
                 * @param message SecureOrder message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureOrder.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureOrder message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureOrder & sordino.federated.v1.SecureOrder.$Shape} SecureOrder
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureOrder & sordino.federated.v1.SecureOrder.$Shape;
            }

            namespace SecureOrder {

                /** Properties of a SecureOrder. */
                interface $Properties {

                    /** SecureOrder round */
                    round?: (number|null);

                    /** SecureOrder plan */
                    plan?: (sordino.federated.v1.SecurePlan.$Properties|null);

                    /** SecureOrder keys */
                    keys?: (sordino.federated.v1.SecureKeyList.$Properties|null);

                    /** SecureOrder boxes */
                    boxes?: (sordino.federated.v1.SecureBoxList.$Properties|null);

                    /** SecureOrder survivors */
                    survivors?: (sordino.federated.v1.SecureSurvivorList.$Properties|null);

                    /** SecureOrder attestations */
                    attestations?: (sordino.federated.v1.SecureAttestationList.$Properties|null);

                    /** SecureOrder participants */
                    participants?: (sordino.federated.v1.SecureSurvivorList.$Properties|null);

                    /** SecureOrder step */
                    step?: ("plan"|"keys"|"boxes"|"survivors"|"attestations"|"participants");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a SecureOrder. */
                type $Shape = {
                  round?: number|null;
                  plan?: sordino.federated.v1.SecurePlan.$Shape|null;
                  keys?: sordino.federated.v1.SecureKeyList.$Shape|null;
                  boxes?: sordino.federated.v1.SecureBoxList.$Shape|null;
                  survivors?: sordino.federated.v1.SecureSurvivorList.$Shape|null;
                  attestations?: sordino.federated.v1.SecureAttestationList.$Shape|null;
                  participants?: sordino.federated.v1.SecureSurvivorList.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ step?: undefined; plan?: null; keys?: null; boxes?: null; survivors?: null; attestations?: null; participants?: null }|{ step?: "plan"; plan: sordino.federated.v1.SecurePlan.$Shape; keys?: null; boxes?: null; survivors?: null; attestations?: null; participants?: null }|{ step?: "keys"; plan?: null; keys: sordino.federated.v1.SecureKeyList.$Shape; boxes?: null; survivors?: null; attestations?: null; participants?: null }|{ step?: "boxes"; plan?: null; keys?: null; boxes: sordino.federated.v1.SecureBoxList.$Shape; survivors?: null; attestations?: null; participants?: null }|{ step?: "survivors"; plan?: null; keys?: null; boxes?: null; survivors: sordino.federated.v1.SecureSurvivorList.$Shape; attestations?: null; participants?: null }|{ step?: "attestations"; plan?: null; keys?: null; boxes?: null; survivors?: null; attestations: sordino.federated.v1.SecureAttestationList.$Shape; participants?: null }|{ step?: "participants"; plan?: null; keys?: null; boxes?: null; survivors?: null; attestations?: null; participants: sordino.federated.v1.SecureSurvivorList.$Shape })
                );
            }

            /**
             * Properties of a SecureAnswer.
             * @deprecated Use sordino.federated.v1.SecureAnswer.$Properties instead.
             */
            interface ISecureAnswer extends sordino.federated.v1.SecureAnswer.$Properties {
            }

            /** Represents a SecureAnswer. */
            class SecureAnswer {

                /**
                 * Constructs a new SecureAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureAnswer round. */
                round: number;

                /** SecureAnswer keys. */
                keys?: (sordino.federated.v1.SecureKeys.$Properties|null);

                /** SecureAnswer boxes. */
                boxes?: (sordino.federated.v1.SecureBoxList.$Properties|null);

                /** SecureAnswer attestation. */
                attestation?: (sordino.federated.v1.SecureAttestation.$Properties|null);

                /** SecureAnswer disclosure. */
                disclosure?: (sordino.federated.v1.SecureDisclosure.$Properties|null);

                /** SecureAnswer refused. */
                refused?: (boolean|null);

                /** SecureAnswer complaints. */
                complaints?: (sordino.federated.v1.SecureComplaintList.$Properties|null);

                /** SecureAnswer step. */
                step?: ("keys"|"boxes"|"attestation"|"disclosure"|"refused"|"complaints");

                /**
                 * Creates a new SecureAnswer instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureAnswer instance
                 */
                static create(properties: sordino.federated.v1.SecureAnswer.$Shape): sordino.federated.v1.SecureAnswer & sordino.federated.v1.SecureAnswer.$Shape;
                static create(properties?: sordino.federated.v1.SecureAnswer.$Properties): sordino.federated.v1.SecureAnswer;

                /**
                 * Encodes the specified SecureAnswer message. Does not implicitly {@link sordino.federated.v1.SecureAnswer.verify|verify} messages.
                 * @param message SecureAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureAnswer & sordino.federated.v1.SecureAnswer.$Shape} SecureAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureAnswer & sordino.federated.v1.SecureAnswer.$Shape;
            }

            namespace SecureAnswer {

                /** Properties of a SecureAnswer. */
                interface $Properties {

                    /** SecureAnswer round */
                    round?: (number|null);

                    /** SecureAnswer keys */
                    keys?: (sordino.federated.v1.SecureKeys.$Properties|null);

                    /** SecureAnswer boxes */
                    boxes?: (sordino.federated.v1.SecureBoxList.$Properties|null);

                    /** SecureAnswer attestation */
                    attestation?: (sordino.federated.v1.SecureAttestation.$Properties|null);

                    /** SecureAnswer disclosure */
                    disclosure?: (sordino.federated.v1.SecureDisclosure.$Properties|null);

                    /** SecureAnswer refused */
                    refused?: (boolean|null);

                    /** SecureAnswer complaints */
                    complaints?: (sordino.federated.v1.SecureComplaintList.$Properties|null);

                    /** SecureAnswer step */
                    step?: ("keys"|"boxes"|"attestation"|"disclosure"|"refused"|"complaints");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a SecureAnswer. */
                type $Shape = {
                  round?: number|null;
                  keys?: sordino.federated.v1.SecureKeys.$Shape|null;
                  boxes?: sordino.federated.v1.SecureBoxList.$Shape|null;
                  attestation?: sordino.federated.v1.SecureAttestation.$Shape|null;
                  disclosure?: sordino.federated.v1.SecureDisclosure.$Shape|null;
                  refused?: boolean|null;
                  complaints?: sordino.federated.v1.SecureComplaintList.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ step?: undefined; keys?: null; boxes?: null; attestation?: null; disclosure?: null; refused?: null; complaints?: null }|{ step?: "keys"; keys: sordino.federated.v1.SecureKeys.$Shape; boxes?: null; attestation?: null; disclosure?: null; refused?: null; complaints?: null }|{ step?: "boxes"; keys?: null; boxes: sordino.federated.v1.SecureBoxList.$Shape; attestation?: null; disclosure?: null; refused?: null; complaints?: null }|{ step?: "attestation"; keys?: null; boxes?: null; attestation: sordino.federated.v1.SecureAttestation.$Shape; disclosure?: null; refused?: null; complaints?: null }|{ step?: "disclosure"; keys?: null; boxes?: null; attestation?: null; disclosure: sordino.federated.v1.SecureDisclosure.$Shape; refused?: null; complaints?: null }|{ step?: "refused"; keys?: null; boxes?: null; attestation?: null; disclosure?: null; refused: boolean; complaints?: null }|{ step?: "complaints"; keys?: null; boxes?: null; attestation?: null; disclosure?: null; refused?: null; complaints: sordino.federated.v1.SecureComplaintList.$Shape })
                );
            }

            /**
             * Properties of a SecurePlan.
             * @deprecated Use sordino.federated.v1.SecurePlan.$Properties instead.
             */
            interface ISecurePlan extends sordino.federated.v1.SecurePlan.$Properties {
            }

            /** Represents a SecurePlan. */
            class SecurePlan {

                /**
                 * Constructs a new SecurePlan.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecurePlan.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecurePlan cohort. */
                cohort: string[];

                /** SecurePlan threshold. */
                threshold: number;

                /** SecurePlan length. */
                length: number;

                /** SecurePlan range. */
                range: number;

                /** SecurePlan weights. */
                weights: number[];

                /** SecurePlan task. */
                task: string;

                /** SecurePlan noise. */
                noise?: (sordino.federated.v1.SiteNoise.$Properties|null);

                /**
                 * Creates a new SecurePlan instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecurePlan instance
                 */
                static create(properties: sordino.federated.v1.SecurePlan.$Shape): sordino.federated.v1.SecurePlan & sordino.federated.v1.SecurePlan.$Shape;
                static create(properties?: sordino.federated.v1.SecurePlan.$Properties): sordino.federated.v1.SecurePlan;

                /**
                 * Encodes the specified SecurePlan message. Does not implicitly {@link sordino.federated.v1.SecurePlan.verify|verify} messages.
                 * @param message SecurePlan message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecurePlan.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecurePlan message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecurePlan & sordino.federated.v1.SecurePlan.$Shape} SecurePlan
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecurePlan & sordino.federated.v1.SecurePlan.$Shape;
            }

            namespace SecurePlan {

                /** Properties of a SecurePlan. */
                interface $Properties {

                    /** SecurePlan cohort */
                    cohort?: (string[]|null);

                    /** SecurePlan threshold */
                    threshold?: (number|null);

                    /** SecurePlan length */
                    length?: (number|null);

                    /** SecurePlan range */
                    range?: (number|null);

                    /** SecurePlan weights */
                    weights?: (number[]|null);

                    /** SecurePlan task */
                    task?: (string|null);

                    /** SecurePlan noise */
                    noise?: (sordino.federated.v1.SiteNoise.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecurePlan. */
                type $Shape = sordino.federated.v1.SecurePlan.$Properties;
            }

            /**
             * Properties of a SecureKeys.
             * @deprecated Use sordino.federated.v1.SecureKeys.$Properties instead.
             */
            interface ISecureKeys extends sordino.federated.v1.SecureKeys.$Properties {
            }

            /** Represents a SecureKeys. */
            class SecureKeys {

                /**
                 * Constructs a new SecureKeys.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureKeys.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureKeys site. */
                site: string;

                /** SecureKeys boxKey. */
                boxKey: Uint8Array;

                /** SecureKeys maskKey. */
                maskKey: Uint8Array;

                /** SecureKeys seedDigest. */
                seedDigest: Uint8Array;

                /** SecureKeys signature. */
                signature: Uint8Array;

                /**
                 * Creates a new SecureKeys instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureKeys instance
                 */
                static create(properties: sordino.federated.v1.SecureKeys.$Shape): sordino.federated.v1.SecureKeys & sordino.federated.v1.SecureKeys.$Shape;
                static create(properties?: sordino.federated.v1.SecureKeys.$Properties): sordino.federated.v1.SecureKeys;

                /**
                 * Encodes the specified SecureKeys message. Does not implicitly {@link sordino.federated.v1.SecureKeys.verify|verify} messages.
                 * @param message SecureKeys message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureKeys.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureKeys message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureKeys & sordino.federated.v1.SecureKeys.$Shape} SecureKeys
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureKeys & sordino.federated.v1.SecureKeys.$Shape;
            }

            namespace SecureKeys {

                /** Properties of a SecureKeys. */
                interface $Properties {

                    /** SecureKeys site */
                    site?: (string|null);

                    /** SecureKeys boxKey */
                    boxKey?: (Uint8Array|null);

                    /** SecureKeys maskKey */
                    maskKey?: (Uint8Array|null);

                    /** SecureKeys seedDigest */
                    seedDigest?: (Uint8Array|null);

                    /** SecureKeys signature */
                    signature?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureKeys. */
                type $Shape = sordino.federated.v1.SecureKeys.$Properties;
            }

            /**
             * Properties of a SecureKeyList.
             * @deprecated Use sordino.federated.v1.SecureKeyList.$Properties instead.
             */
            interface ISecureKeyList extends sordino.federated.v1.SecureKeyList.$Properties {
            }

            /** Represents a SecureKeyList. */
            class SecureKeyList {

                /**
                 * Constructs a new SecureKeyList.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureKeyList.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureKeyList keys. */
                keys: sordino.federated.v1.SecureKeys.$Properties[];

                /**
                 * Creates a new SecureKeyList instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureKeyList instance
                 */
                static create(properties: sordino.federated.v1.SecureKeyList.$Shape): sordino.federated.v1.SecureKeyList & sordino.federated.v1.SecureKeyList.$Shape;
                static create(properties?: sordino.federated.v1.SecureKeyList.$Properties): sordino.federated.v1.SecureKeyList;

                /**
                 * Encodes the specified SecureKeyList message. Does not implicitly {@link sordino.federated.v1.SecureKeyList.verify|verify} messages.
                 * @param message SecureKeyList message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureKeyList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureKeyList message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureKeyList & sordino.federated.v1.SecureKeyList.$Shape} SecureKeyList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureKeyList & sordino.federated.v1.SecureKeyList.$Shape;
            }

            namespace SecureKeyList {

                /** Properties of a SecureKeyList. */
                interface $Properties {

                    /** SecureKeyList keys */
                    keys?: (sordino.federated.v1.SecureKeys.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureKeyList. */
                type $Shape = sordino.federated.v1.SecureKeyList.$Properties;
            }

            /**
             * Properties of a SecureBox.
             * @deprecated Use sordino.federated.v1.SecureBox.$Properties instead.
             */
            interface ISecureBox extends sordino.federated.v1.SecureBox.$Properties {
            }

            /** Represents a SecureBox. */
            class SecureBox {

                /**
                 * Constructs a new SecureBox.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureBox.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureBox from. */
                from: string;

                /** SecureBox to. */
                to: string;

                /** SecureBox box. */
                box: Uint8Array;

                /**
                 * Creates a new SecureBox instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureBox instance
                 */
                static create(properties: sordino.federated.v1.SecureBox.$Shape): sordino.federated.v1.SecureBox & sordino.federated.v1.SecureBox.$Shape;
                static create(properties?: sordino.federated.v1.SecureBox.$Properties): sordino.federated.v1.SecureBox;

                /**
                 * Encodes the specified SecureBox message. Does not implicitly {@link sordino.federated.v1.SecureBox.verify|verify} messages.
                 * @param message SecureBox message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureBox.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureBox message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureBox & sordino.federated.v1.SecureBox.$Shape} SecureBox
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureBox & sordino.federated.v1.SecureBox.$Shape;
            }

            namespace SecureBox {

                /** Properties of a SecureBox. */
                interface $Properties {

                    /** SecureBox from */
                    from?: (string|null);

                    /** SecureBox to */
                    to?: (string|null);

                    /** SecureBox box */
                    box?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureBox. */
                type $Shape = sordino.federated.v1.SecureBox.$Properties;
            }

            /**
             * Properties of a SecureBoxList.
             * @deprecated Use sordino.federated.v1.SecureBoxList.$Properties instead.
             */
            interface ISecureBoxList extends sordino.federated.v1.SecureBoxList.$Properties {
            }

            /** Represents a SecureBoxList. */
            class SecureBoxList {

                /**
                 * Constructs a new SecureBoxList.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureBoxList.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureBoxList boxes. */
                boxes: sordino.federated.v1.SecureBox.$Properties[];

                /**
                 * Creates a new SecureBoxList instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureBoxList instance
                 */
                static create(properties: sordino.federated.v1.SecureBoxList.$Shape): sordino.federated.v1.SecureBoxList & sordino.federated.v1.SecureBoxList.$Shape;
                static create(properties?: sordino.federated.v1.SecureBoxList.$Properties): sordino.federated.v1.SecureBoxList;

                /**
                 * Encodes the specified SecureBoxList message. Does not implicitly {@link sordino.federated.v1.SecureBoxList.verify|verify} messages.
                 * @param message SecureBoxList message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureBoxList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureBoxList message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureBoxList & sordino.federated.v1.SecureBoxList.$Shape} SecureBoxList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureBoxList & sordino.federated.v1.SecureBoxList.$Shape;
            }

            namespace SecureBoxList {

                /** Properties of a SecureBoxList. */
                interface $Properties {

                    /** SecureBoxList boxes */
                    boxes?: (sordino.federated.v1.SecureBox.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureBoxList. */
                type $Shape = sordino.federated.v1.SecureBoxList.$Properties;
            }

            /**
             * Properties of a SecureComplaint.
             * @deprecated Use sordino.federated.v1.SecureComplaint.$Properties instead.
             */
            interface ISecureComplaint extends sordino.federated.v1.SecureComplaint.$Properties {
            }

            /** Represents a SecureComplaint. */
            class SecureComplaint {

                /**
                 * Constructs a new SecureComplaint.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureComplaint.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureComplaint accused. */
                accused: string;

                /** SecureComplaint signature. */
                signature: Uint8Array;

                /**
                 * Creates a new SecureComplaint instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureComplaint instance
                 */
                static create(properties: sordino.federated.v1.SecureComplaint.$Shape): sordino.federated.v1.SecureComplaint & sordino.federated.v1.SecureComplaint.$Shape;
                static create(properties?: sordino.federated.v1.SecureComplaint.$Properties): sordino.federated.v1.SecureComplaint;

                /**
                 * Encodes the specified SecureComplaint message. Does not implicitly {@link sordino.federated.v1.SecureComplaint.verify|verify} messages.
                 * @param message SecureComplaint message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureComplaint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureComplaint message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureComplaint & sordino.federated.v1.SecureComplaint.$Shape} SecureComplaint
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureComplaint & sordino.federated.v1.SecureComplaint.$Shape;
            }

            namespace SecureComplaint {

                /** Properties of a SecureComplaint. */
                interface $Properties {

                    /** SecureComplaint accused */
                    accused?: (string|null);

                    /** SecureComplaint signature */
                    signature?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureComplaint. */
                type $Shape = sordino.federated.v1.SecureComplaint.$Properties;
            }

            /**
             * Properties of a SecureComplaintList.
             * @deprecated Use sordino.federated.v1.SecureComplaintList.$Properties instead.
             */
            interface ISecureComplaintList extends sordino.federated.v1.SecureComplaintList.$Properties {
            }

            /** Represents a SecureComplaintList. */
            class SecureComplaintList {

                /**
                 * Constructs a new SecureComplaintList.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureComplaintList.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureComplaintList complaints. */
                complaints: sordino.federated.v1.SecureComplaint.$Properties[];

                /**
                 * Creates a new SecureComplaintList instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureComplaintList instance
                 */
                static create(properties: sordino.federated.v1.SecureComplaintList.$Shape): sordino.federated.v1.SecureComplaintList & sordino.federated.v1.SecureComplaintList.$Shape;
                static create(properties?: sordino.federated.v1.SecureComplaintList.$Properties): sordino.federated.v1.SecureComplaintList;

                /**
                 * Encodes the specified SecureComplaintList message. Does not implicitly {@link sordino.federated.v1.SecureComplaintList.verify|verify} messages.
                 * @param message SecureComplaintList message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureComplaintList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureComplaintList message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureComplaintList & sordino.federated.v1.SecureComplaintList.$Shape} SecureComplaintList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureComplaintList & sordino.federated.v1.SecureComplaintList.$Shape;
            }

            namespace SecureComplaintList {

                /** Properties of a SecureComplaintList. */
                interface $Properties {

                    /** SecureComplaintList complaints */
                    complaints?: (sordino.federated.v1.SecureComplaint.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureComplaintList. */
                type $Shape = sordino.federated.v1.SecureComplaintList.$Properties;
            }

            /**
             * Properties of a SecureSurvivorList.
             * @deprecated Use sordino.federated.v1.SecureSurvivorList.$Properties instead.
             */
            interface ISecureSurvivorList extends sordino.federated.v1.SecureSurvivorList.$Properties {
            }

            /** Represents a SecureSurvivorList. */
            class SecureSurvivorList {

                /**
                 * Constructs a new SecureSurvivorList.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureSurvivorList.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureSurvivorList sites. */
                sites: string[];

                /**
                 * Creates a new SecureSurvivorList instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureSurvivorList instance
                 */
                static create(properties: sordino.federated.v1.SecureSurvivorList.$Shape): sordino.federated.v1.SecureSurvivorList & sordino.federated.v1.SecureSurvivorList.$Shape;
                static create(properties?: sordino.federated.v1.SecureSurvivorList.$Properties): sordino.federated.v1.SecureSurvivorList;

                /**
                 * Encodes the specified SecureSurvivorList message. Does not implicitly {@link sordino.federated.v1.SecureSurvivorList.verify|verify} messages.
                 * @param message SecureSurvivorList message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureSurvivorList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureSurvivorList message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureSurvivorList & sordino.federated.v1.SecureSurvivorList.$Shape} SecureSurvivorList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureSurvivorList & sordino.federated.v1.SecureSurvivorList.$Shape;
            }

            namespace SecureSurvivorList {

                /** Properties of a SecureSurvivorList. */
                interface $Properties {

                    /** SecureSurvivorList sites */
                    sites?: (string[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureSurvivorList. */
                type $Shape = sordino.federated.v1.SecureSurvivorList.$Properties;
            }

            /**
             * Properties of a SecureAttestation.
             * @deprecated Use sordino.federated.v1.SecureAttestation.$Properties instead.
             */
            interface ISecureAttestation extends sordino.federated.v1.SecureAttestation.$Properties {
            }

            /** Represents a SecureAttestation. */
            class SecureAttestation {

                /**
                 * Constructs a new SecureAttestation.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureAttestation.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureAttestation site. */
                site: string;

                /** SecureAttestation signature. */
                signature: Uint8Array;

                /**
                 * Creates a new SecureAttestation instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureAttestation instance
                 */
                static create(properties: sordino.federated.v1.SecureAttestation.$Shape): sordino.federated.v1.SecureAttestation & sordino.federated.v1.SecureAttestation.$Shape;
                static create(properties?: sordino.federated.v1.SecureAttestation.$Properties): sordino.federated.v1.SecureAttestation;

                /**
                 * Encodes the specified SecureAttestation message. Does not implicitly {@link sordino.federated.v1.SecureAttestation.verify|verify} messages.
                 * @param message SecureAttestation message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureAttestation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureAttestation message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureAttestation & sordino.federated.v1.SecureAttestation.$Shape} SecureAttestation
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureAttestation & sordino.federated.v1.SecureAttestation.$Shape;
            }

            namespace SecureAttestation {

                /** Properties of a SecureAttestation. */
                interface $Properties {

                    /** SecureAttestation site */
                    site?: (string|null);

                    /** SecureAttestation signature */
                    signature?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureAttestation. */
                type $Shape = sordino.federated.v1.SecureAttestation.$Properties;
            }

            /**
             * Properties of a SecureAttestationList.
             * @deprecated Use sordino.federated.v1.SecureAttestationList.$Properties instead.
             */
            interface ISecureAttestationList extends sordino.federated.v1.SecureAttestationList.$Properties {
            }

            /** Represents a SecureAttestationList. */
            class SecureAttestationList {

                /**
                 * Constructs a new SecureAttestationList.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureAttestationList.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureAttestationList attestations. */
                attestations: sordino.federated.v1.SecureAttestation.$Properties[];

                /**
                 * Creates a new SecureAttestationList instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureAttestationList instance
                 */
                static create(properties: sordino.federated.v1.SecureAttestationList.$Shape): sordino.federated.v1.SecureAttestationList & sordino.federated.v1.SecureAttestationList.$Shape;
                static create(properties?: sordino.federated.v1.SecureAttestationList.$Properties): sordino.federated.v1.SecureAttestationList;

                /**
                 * Encodes the specified SecureAttestationList message. Does not implicitly {@link sordino.federated.v1.SecureAttestationList.verify|verify} messages.
                 * @param message SecureAttestationList message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureAttestationList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureAttestationList message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureAttestationList & sordino.federated.v1.SecureAttestationList.$Shape} SecureAttestationList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureAttestationList & sordino.federated.v1.SecureAttestationList.$Shape;
            }

            namespace SecureAttestationList {

                /** Properties of a SecureAttestationList. */
                interface $Properties {

                    /** SecureAttestationList attestations */
                    attestations?: (sordino.federated.v1.SecureAttestation.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureAttestationList. */
                type $Shape = sordino.federated.v1.SecureAttestationList.$Properties;
            }

            /**
             * Properties of a SecureShare.
             * @deprecated Use sordino.federated.v1.SecureShare.$Properties instead.
             */
            interface ISecureShare extends sordino.federated.v1.SecureShare.$Properties {
            }

            /** Represents a SecureShare. */
            class SecureShare {

                /**
                 * Constructs a new SecureShare.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureShare.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureShare of. */
                of: string;

                /** SecureShare share. */
                share: Uint8Array;

                /**
                 * Creates a new SecureShare instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureShare instance
                 */
                static create(properties: sordino.federated.v1.SecureShare.$Shape): sordino.federated.v1.SecureShare & sordino.federated.v1.SecureShare.$Shape;
                static create(properties?: sordino.federated.v1.SecureShare.$Properties): sordino.federated.v1.SecureShare;

                /**
                 * Encodes the specified SecureShare message. Does not implicitly {@link sordino.federated.v1.SecureShare.verify|verify} messages.
                 * @param message SecureShare message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureShare.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureShare message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureShare & sordino.federated.v1.SecureShare.$Shape} SecureShare
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureShare & sordino.federated.v1.SecureShare.$Shape;
            }

            namespace SecureShare {

                /** Properties of a SecureShare. */
                interface $Properties {

                    /** SecureShare of */
                    of?: (string|null);

                    /** SecureShare share */
                    share?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureShare. */
                type $Shape = sordino.federated.v1.SecureShare.$Properties;
            }

            /**
             * Properties of a SecureDisclosure.
             * @deprecated Use sordino.federated.v1.SecureDisclosure.$Properties instead.
             */
            interface ISecureDisclosure extends sordino.federated.v1.SecureDisclosure.$Properties {
            }

            /** Represents a SecureDisclosure. */
            class SecureDisclosure {

                /**
                 * Constructs a new SecureDisclosure.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: sordino.federated.v1.SecureDisclosure.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SecureDisclosure seedShares. */
                seedShares: sordino.federated.v1.SecureShare.$Properties[];

                /** SecureDisclosure keyShares. */
                keyShares: sordino.federated.v1.SecureShare.$Properties[];

                /**
                 * Creates a new SecureDisclosure instance using the specified properties.
                 * @param [properties] Properties to set
                 * @returns SecureDisclosure instance
                 */
                static create(properties: sordino.federated.v1.SecureDisclosure.$Shape): sordino.federated.v1.SecureDisclosure & sordino.federated.v1.SecureDisclosure.$Shape;
                static create(properties?: sordino.federated.v1.SecureDisclosure.$Properties): sordino.federated.v1.SecureDisclosure;

                /**
                 * Encodes the specified SecureDisclosure message. Does not implicitly {@link sordino.federated.v1.SecureDisclosure.verify|verify} messages.
                 * @param message SecureDisclosure message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: sordino.federated.v1.SecureDisclosure.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SecureDisclosure message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureDisclosure & sordino.federated.v1.SecureDisclosure.$Shape} SecureDisclosure
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): sordino.federated.v1.SecureDisclosure & sordino.federated.v1.SecureDisclosure.$Shape;
            }

            namespace SecureDisclosure {

                /** Properties of a SecureDisclosure. */
                interface $Properties {

                    /** SecureDisclosure seedShares */
                    seedShares?: (sordino.federated.v1.SecureShare.$Properties[]|null);

                    /** SecureDisclosure keyShares */
                    keyShares?: (sordino.federated.v1.SecureShare.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SecureDisclosure. */
                type $Shape = sordino.federated.v1.SecureDisclosure.$Properties;
            }
        }
    }
}
