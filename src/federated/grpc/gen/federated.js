/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["sordino_federated_v1"] || ($protobuf.roots["sordino_federated_v1"] = {});

export const sordino = $root.sordino = (() => {

    /**
     * Namespace sordino.
     * @exports sordino
     * @namespace
     */
    const sordino = {};

    sordino.federated = (function() {

        /**
         * Namespace federated.
         * @memberof sordino
         * @namespace
         */
        const federated = {};

        federated.v1 = (function() {

            /**
             * Namespace v1.
             * @memberof sordino.federated
             * @namespace
             */
            const v1 = {};

            v1.SiteMessage = (function() {

                /**
                 * Properties of a SiteMessage.
                 * @typedef {Object} sordino.federated.v1.SiteMessage.$Properties
                 * @property {sordino.federated.v1.JoinRequest.$Properties|null} [join] SiteMessage join
                 * @property {sordino.federated.v1.UpdateHeader.$Properties|null} [updateHeader] SiteMessage updateHeader
                 * @property {sordino.federated.v1.TensorChunk.$Properties|null} [chunk] SiteMessage chunk
                 * @property {sordino.federated.v1.UpdateEnd.$Properties|null} [updateEnd] SiteMessage updateEnd
                 * @property {sordino.federated.v1.Evaluation.$Properties|null} [evaluation] SiteMessage evaluation
                 * @property {sordino.federated.v1.Declined.$Properties|null} [declined] SiteMessage declined
                 * @property {sordino.federated.v1.Credit.$Properties|null} [credit] SiteMessage credit
                 * @property {sordino.federated.v1.Leave.$Properties|null} [leave] SiteMessage leave
                 * @property {sordino.federated.v1.SecureAnswer.$Properties|null} [secure] SiteMessage secure
                 * @property {"join"|"updateHeader"|"chunk"|"updateEnd"|"evaluation"|"declined"|"credit"|"leave"|"secure"} [message] SiteMessage message
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SiteMessage.
                 * @memberof sordino.federated.v1
                 * @interface ISiteMessage
                 * @augments sordino.federated.v1.SiteMessage.$Properties
                 * @deprecated Use sordino.federated.v1.SiteMessage.$Properties instead.
                 */

                /**
                 * Narrowed shape of a SiteMessage.
                 * @typedef {{
                 *   join?: sordino.federated.v1.JoinRequest.$Shape|null;
                 *   updateHeader?: sordino.federated.v1.UpdateHeader.$Shape|null;
                 *   chunk?: sordino.federated.v1.TensorChunk.$Shape|null;
                 *   updateEnd?: sordino.federated.v1.UpdateEnd.$Shape|null;
                 *   evaluation?: sordino.federated.v1.Evaluation.$Shape|null;
                 *   declined?: sordino.federated.v1.Declined.$Shape|null;
                 *   credit?: sordino.federated.v1.Credit.$Shape|null;
                 *   leave?: sordino.federated.v1.Leave.$Shape|null;
                 *   secure?: sordino.federated.v1.SecureAnswer.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ message?: undefined; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "join"; join: sordino.federated.v1.JoinRequest.$Shape; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "updateHeader"; join?: null; updateHeader: sordino.federated.v1.UpdateHeader.$Shape; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "chunk"; join?: null; updateHeader?: null; chunk: sordino.federated.v1.TensorChunk.$Shape; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "updateEnd"; join?: null; updateHeader?: null; chunk?: null; updateEnd: sordino.federated.v1.UpdateEnd.$Shape; evaluation?: null; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "evaluation"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation: sordino.federated.v1.Evaluation.$Shape; declined?: null; credit?: null; leave?: null; secure?: null }|{ message?: "declined"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined: sordino.federated.v1.Declined.$Shape; credit?: null; leave?: null; secure?: null }|{ message?: "credit"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit: sordino.federated.v1.Credit.$Shape; leave?: null; secure?: null }|{ message?: "leave"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave: sordino.federated.v1.Leave.$Shape; secure?: null }|{ message?: "secure"; join?: null; updateHeader?: null; chunk?: null; updateEnd?: null; evaluation?: null; declined?: null; credit?: null; leave?: null; secure: sordino.federated.v1.SecureAnswer.$Shape })
                 * )} sordino.federated.v1.SiteMessage.$Shape
                 */

                /**
                 * Constructs a new SiteMessage.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SiteMessage.
                 * @constructor
                 * @param {sordino.federated.v1.SiteMessage.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SiteMessage = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SiteMessage join.
                 * @member {sordino.federated.v1.JoinRequest.$Properties|null|undefined} join
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                SiteMessage.prototype.join = null;

                /**
                 * SiteMessage updateHeader.
                 * @member {sordino.federated.v1.UpdateHeader.$Properties|null|undefined} updateHeader
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                SiteMessage.prototype.updateHeader = null;

                /**
                 * SiteMessage chunk.
                 * @member {sordino.federated.v1.TensorChunk.$Properties|null|undefined} chunk
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                SiteMessage.prototype.chunk = null;

                /**
                 * SiteMessage updateEnd.
                 * @member {sordino.federated.v1.UpdateEnd.$Properties|null|undefined} updateEnd
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                SiteMessage.prototype.updateEnd = null;

                /**
                 * SiteMessage evaluation.
                 * @member {sordino.federated.v1.Evaluation.$Properties|null|undefined} evaluation
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                SiteMessage.prototype.evaluation = null;

                /**
                 * SiteMessage declined.
                 * @member {sordino.federated.v1.Declined.$Properties|null|undefined} declined
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                SiteMessage.prototype.declined = null;

                /**
                 * SiteMessage credit.
                 * @member {sordino.federated.v1.Credit.$Properties|null|undefined} credit
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                SiteMessage.prototype.credit = null;

                /**
                 * SiteMessage leave.
                 * @member {sordino.federated.v1.Leave.$Properties|null|undefined} leave
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                SiteMessage.prototype.leave = null;

                /**
                 * SiteMessage secure.
                 * @member {sordino.federated.v1.SecureAnswer.$Properties|null|undefined} secure
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                SiteMessage.prototype.secure = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * SiteMessage message.
                 * @member {"join"|"updateHeader"|"chunk"|"updateEnd"|"evaluation"|"declined"|"credit"|"leave"|"secure"|undefined} message
                 * @memberof sordino.federated.v1.SiteMessage
                 * @instance
                 */
                $Object.defineProperty(SiteMessage.prototype, "message", {
                    get: $util.oneOfGetter($oneOfFields = ["join", "updateHeader", "chunk", "updateEnd", "evaluation", "declined", "credit", "leave", "secure"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new SiteMessage instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SiteMessage
                 * @static
                 * @param {sordino.federated.v1.SiteMessage.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SiteMessage} SiteMessage instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SiteMessage.$Shape): sordino.federated.v1.SiteMessage & sordino.federated.v1.SiteMessage.$Shape;
                 *   (properties?: sordino.federated.v1.SiteMessage.$Properties): sordino.federated.v1.SiteMessage;
                 * }}
                 */
                SiteMessage.create = function(properties) {
                    return new SiteMessage(properties);
                };

                /**
                 * Encodes the specified SiteMessage message. Does not implicitly {@link sordino.federated.v1.SiteMessage.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SiteMessage
                 * @static
                 * @param {sordino.federated.v1.SiteMessage.$Properties} message SiteMessage message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SiteMessage.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.join != null && $Object.hasOwnProperty.call(message, "join"))
                        $root.sordino.federated.v1.JoinRequest.encode(message.join, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.updateHeader != null && $Object.hasOwnProperty.call(message, "updateHeader"))
                        $root.sordino.federated.v1.UpdateHeader.encode(message.updateHeader, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.chunk != null && $Object.hasOwnProperty.call(message, "chunk"))
                        $root.sordino.federated.v1.TensorChunk.encode(message.chunk, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.updateEnd != null && $Object.hasOwnProperty.call(message, "updateEnd"))
                        $root.sordino.federated.v1.UpdateEnd.encode(message.updateEnd, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.evaluation != null && $Object.hasOwnProperty.call(message, "evaluation"))
                        $root.sordino.federated.v1.Evaluation.encode(message.evaluation, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.declined != null && $Object.hasOwnProperty.call(message, "declined"))
                        $root.sordino.federated.v1.Declined.encode(message.declined, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                    if (message.credit != null && $Object.hasOwnProperty.call(message, "credit"))
                        $root.sordino.federated.v1.Credit.encode(message.credit, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                    if (message.leave != null && $Object.hasOwnProperty.call(message, "leave"))
                        $root.sordino.federated.v1.Leave.encode(message.leave, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                    if (message.secure != null && $Object.hasOwnProperty.call(message, "secure"))
                        $root.sordino.federated.v1.SecureAnswer.encode(message.secure, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SiteMessage message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SiteMessage
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SiteMessage & sordino.federated.v1.SiteMessage.$Shape} SiteMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SiteMessage.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SiteMessage();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                message.join = $root.sordino.federated.v1.JoinRequest.decode(reader, reader.size(), $undefined, _depth + 1, message.join);
                                message.message = "join";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.updateHeader = $root.sordino.federated.v1.UpdateHeader.decode(reader, reader.size(), $undefined, _depth + 1, message.updateHeader);
                                message.message = "updateHeader";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.chunk = $root.sordino.federated.v1.TensorChunk.decode(reader, reader.size(), $undefined, _depth + 1, message.chunk);
                                message.message = "chunk";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.updateEnd = $root.sordino.federated.v1.UpdateEnd.decode(reader, reader.size(), $undefined, _depth + 1, message.updateEnd);
                                message.message = "updateEnd";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                message.evaluation = $root.sordino.federated.v1.Evaluation.decode(reader, reader.size(), $undefined, _depth + 1, message.evaluation);
                                message.message = "evaluation";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                message.declined = $root.sordino.federated.v1.Declined.decode(reader, reader.size(), $undefined, _depth + 1, message.declined);
                                message.message = "declined";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                message.credit = $root.sordino.federated.v1.Credit.decode(reader, reader.size(), $undefined, _depth + 1, message.credit);
                                message.message = "credit";
                                continue;
                            }
                        case 8: {
                                if (wireType !== 2)
                                    break;
                                message.leave = $root.sordino.federated.v1.Leave.decode(reader, reader.size(), $undefined, _depth + 1, message.leave);
                                message.message = "leave";
                                continue;
                            }
                        case 9: {
                                if (wireType !== 2)
                                    break;
                                message.secure = $root.sordino.federated.v1.SecureAnswer.decode(reader, reader.size(), $undefined, _depth + 1, message.secure);
                                message.message = "secure";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SiteMessage;
            })();

            v1.CoordinatorMessage = (function() {

                /**
                 * Properties of a CoordinatorMessage.
                 * @typedef {Object} sordino.federated.v1.CoordinatorMessage.$Properties
                 * @property {sordino.federated.v1.Welcome.$Properties|null} [welcome] CoordinatorMessage welcome
                 * @property {sordino.federated.v1.Instruction.$Properties|null} [instruction] CoordinatorMessage instruction
                 * @property {sordino.federated.v1.TensorChunk.$Properties|null} [chunk] CoordinatorMessage chunk
                 * @property {sordino.federated.v1.Reject.$Properties|null} [reject] CoordinatorMessage reject
                 * @property {sordino.federated.v1.Credit.$Properties|null} [credit] CoordinatorMessage credit
                 * @property {sordino.federated.v1.Receipt.$Properties|null} [receipt] CoordinatorMessage receipt
                 * @property {sordino.federated.v1.Resume.$Properties|null} [resume] CoordinatorMessage resume
                 * @property {sordino.federated.v1.SecureOrder.$Properties|null} [secure] CoordinatorMessage secure
                 * @property {"welcome"|"instruction"|"chunk"|"reject"|"credit"|"receipt"|"resume"|"secure"} [message] CoordinatorMessage message
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a CoordinatorMessage.
                 * @memberof sordino.federated.v1
                 * @interface ICoordinatorMessage
                 * @augments sordino.federated.v1.CoordinatorMessage.$Properties
                 * @deprecated Use sordino.federated.v1.CoordinatorMessage.$Properties instead.
                 */

                /**
                 * Narrowed shape of a CoordinatorMessage.
                 * @typedef {{
                 *   welcome?: sordino.federated.v1.Welcome.$Shape|null;
                 *   instruction?: sordino.federated.v1.Instruction.$Shape|null;
                 *   chunk?: sordino.federated.v1.TensorChunk.$Shape|null;
                 *   reject?: sordino.federated.v1.Reject.$Shape|null;
                 *   credit?: sordino.federated.v1.Credit.$Shape|null;
                 *   receipt?: sordino.federated.v1.Receipt.$Shape|null;
                 *   resume?: sordino.federated.v1.Resume.$Shape|null;
                 *   secure?: sordino.federated.v1.SecureOrder.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ message?: undefined; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "welcome"; welcome: sordino.federated.v1.Welcome.$Shape; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "instruction"; welcome?: null; instruction: sordino.federated.v1.Instruction.$Shape; chunk?: null; reject?: null; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "chunk"; welcome?: null; instruction?: null; chunk: sordino.federated.v1.TensorChunk.$Shape; reject?: null; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "reject"; welcome?: null; instruction?: null; chunk?: null; reject: sordino.federated.v1.Reject.$Shape; credit?: null; receipt?: null; resume?: null; secure?: null }|{ message?: "credit"; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit: sordino.federated.v1.Credit.$Shape; receipt?: null; resume?: null; secure?: null }|{ message?: "receipt"; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt: sordino.federated.v1.Receipt.$Shape; resume?: null; secure?: null }|{ message?: "resume"; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt?: null; resume: sordino.federated.v1.Resume.$Shape; secure?: null }|{ message?: "secure"; welcome?: null; instruction?: null; chunk?: null; reject?: null; credit?: null; receipt?: null; resume?: null; secure: sordino.federated.v1.SecureOrder.$Shape })
                 * )} sordino.federated.v1.CoordinatorMessage.$Shape
                 */

                /**
                 * Constructs a new CoordinatorMessage.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a CoordinatorMessage.
                 * @constructor
                 * @param {sordino.federated.v1.CoordinatorMessage.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const CoordinatorMessage = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * CoordinatorMessage welcome.
                 * @member {sordino.federated.v1.Welcome.$Properties|null|undefined} welcome
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @instance
                 */
                CoordinatorMessage.prototype.welcome = null;

                /**
                 * CoordinatorMessage instruction.
                 * @member {sordino.federated.v1.Instruction.$Properties|null|undefined} instruction
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @instance
                 */
                CoordinatorMessage.prototype.instruction = null;

                /**
                 * CoordinatorMessage chunk.
                 * @member {sordino.federated.v1.TensorChunk.$Properties|null|undefined} chunk
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @instance
                 */
                CoordinatorMessage.prototype.chunk = null;

                /**
                 * CoordinatorMessage reject.
                 * @member {sordino.federated.v1.Reject.$Properties|null|undefined} reject
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @instance
                 */
                CoordinatorMessage.prototype.reject = null;

                /**
                 * CoordinatorMessage credit.
                 * @member {sordino.federated.v1.Credit.$Properties|null|undefined} credit
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @instance
                 */
                CoordinatorMessage.prototype.credit = null;

                /**
                 * CoordinatorMessage receipt.
                 * @member {sordino.federated.v1.Receipt.$Properties|null|undefined} receipt
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @instance
                 */
                CoordinatorMessage.prototype.receipt = null;

                /**
                 * CoordinatorMessage resume.
                 * @member {sordino.federated.v1.Resume.$Properties|null|undefined} resume
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @instance
                 */
                CoordinatorMessage.prototype.resume = null;

                /**
                 * CoordinatorMessage secure.
                 * @member {sordino.federated.v1.SecureOrder.$Properties|null|undefined} secure
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @instance
                 */
                CoordinatorMessage.prototype.secure = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * CoordinatorMessage message.
                 * @member {"welcome"|"instruction"|"chunk"|"reject"|"credit"|"receipt"|"resume"|"secure"|undefined} message
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @instance
                 */
                $Object.defineProperty(CoordinatorMessage.prototype, "message", {
                    get: $util.oneOfGetter($oneOfFields = ["welcome", "instruction", "chunk", "reject", "credit", "receipt", "resume", "secure"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new CoordinatorMessage instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @static
                 * @param {sordino.federated.v1.CoordinatorMessage.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.CoordinatorMessage} CoordinatorMessage instance
                 * @type {{
                 *   (properties: sordino.federated.v1.CoordinatorMessage.$Shape): sordino.federated.v1.CoordinatorMessage & sordino.federated.v1.CoordinatorMessage.$Shape;
                 *   (properties?: sordino.federated.v1.CoordinatorMessage.$Properties): sordino.federated.v1.CoordinatorMessage;
                 * }}
                 */
                CoordinatorMessage.create = function(properties) {
                    return new CoordinatorMessage(properties);
                };

                /**
                 * Encodes the specified CoordinatorMessage message. Does not implicitly {@link sordino.federated.v1.CoordinatorMessage.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @static
                 * @param {sordino.federated.v1.CoordinatorMessage.$Properties} message CoordinatorMessage message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                CoordinatorMessage.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.welcome != null && $Object.hasOwnProperty.call(message, "welcome"))
                        $root.sordino.federated.v1.Welcome.encode(message.welcome, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.instruction != null && $Object.hasOwnProperty.call(message, "instruction"))
                        $root.sordino.federated.v1.Instruction.encode(message.instruction, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.chunk != null && $Object.hasOwnProperty.call(message, "chunk"))
                        $root.sordino.federated.v1.TensorChunk.encode(message.chunk, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.reject != null && $Object.hasOwnProperty.call(message, "reject"))
                        $root.sordino.federated.v1.Reject.encode(message.reject, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.credit != null && $Object.hasOwnProperty.call(message, "credit"))
                        $root.sordino.federated.v1.Credit.encode(message.credit, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.receipt != null && $Object.hasOwnProperty.call(message, "receipt"))
                        $root.sordino.federated.v1.Receipt.encode(message.receipt, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                    if (message.resume != null && $Object.hasOwnProperty.call(message, "resume"))
                        $root.sordino.federated.v1.Resume.encode(message.resume, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                    if (message.secure != null && $Object.hasOwnProperty.call(message, "secure"))
                        $root.sordino.federated.v1.SecureOrder.encode(message.secure, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a CoordinatorMessage message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.CoordinatorMessage
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.CoordinatorMessage & sordino.federated.v1.CoordinatorMessage.$Shape} CoordinatorMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                CoordinatorMessage.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.CoordinatorMessage();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                message.welcome = $root.sordino.federated.v1.Welcome.decode(reader, reader.size(), $undefined, _depth + 1, message.welcome);
                                message.message = "welcome";
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.instruction = $root.sordino.federated.v1.Instruction.decode(reader, reader.size(), $undefined, _depth + 1, message.instruction);
                                message.message = "instruction";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.chunk = $root.sordino.federated.v1.TensorChunk.decode(reader, reader.size(), $undefined, _depth + 1, message.chunk);
                                message.message = "chunk";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.reject = $root.sordino.federated.v1.Reject.decode(reader, reader.size(), $undefined, _depth + 1, message.reject);
                                message.message = "reject";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                message.credit = $root.sordino.federated.v1.Credit.decode(reader, reader.size(), $undefined, _depth + 1, message.credit);
                                message.message = "credit";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                message.receipt = $root.sordino.federated.v1.Receipt.decode(reader, reader.size(), $undefined, _depth + 1, message.receipt);
                                message.message = "receipt";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                message.resume = $root.sordino.federated.v1.Resume.decode(reader, reader.size(), $undefined, _depth + 1, message.resume);
                                message.message = "resume";
                                continue;
                            }
                        case 8: {
                                if (wireType !== 2)
                                    break;
                                message.secure = $root.sordino.federated.v1.SecureOrder.decode(reader, reader.size(), $undefined, _depth + 1, message.secure);
                                message.message = "secure";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return CoordinatorMessage;
            })();

            /**
             * TensorDtype enum.
             * @name sordino.federated.v1.TensorDtype
             * @enum {number}
             * @property {number} TENSOR_DTYPE_UNSPECIFIED=0 TENSOR_DTYPE_UNSPECIFIED value
             * @property {number} TENSOR_DTYPE_FLOAT32=1 TENSOR_DTYPE_FLOAT32 value
             * @property {number} TENSOR_DTYPE_FLOAT64=2 TENSOR_DTYPE_FLOAT64 value
             * @property {number} TENSOR_DTYPE_INT32=3 TENSOR_DTYPE_INT32 value
             * @property {number} TENSOR_DTYPE_INT64=4 TENSOR_DTYPE_INT64 value
             * @property {number} TENSOR_DTYPE_UINT8=5 TENSOR_DTYPE_UINT8 value
             * @property {number} TENSOR_DTYPE_BOOL=6 TENSOR_DTYPE_BOOL value
             */
            v1.TensorDtype = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "TENSOR_DTYPE_UNSPECIFIED"] = 0;
                values[valuesById[1] = "TENSOR_DTYPE_FLOAT32"] = 1;
                values[valuesById[2] = "TENSOR_DTYPE_FLOAT64"] = 2;
                values[valuesById[3] = "TENSOR_DTYPE_INT32"] = 3;
                values[valuesById[4] = "TENSOR_DTYPE_INT64"] = 4;
                values[valuesById[5] = "TENSOR_DTYPE_UINT8"] = 5;
                values[valuesById[6] = "TENSOR_DTYPE_BOOL"] = 6;
                return values;
            })();

            v1.TensorSpec = (function() {

                /**
                 * Properties of a TensorSpec.
                 * @typedef {Object} sordino.federated.v1.TensorSpec.$Properties
                 * @property {string|null} [name] TensorSpec name
                 * @property {sordino.federated.v1.TensorDtype|null} [dtype] TensorSpec dtype
                 * @property {Array.<number>|null} [shape] TensorSpec shape
                 * @property {Uint8Array|null} [sha256] TensorSpec sha256
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TensorSpec.
                 * @memberof sordino.federated.v1
                 * @interface ITensorSpec
                 * @augments sordino.federated.v1.TensorSpec.$Properties
                 * @deprecated Use sordino.federated.v1.TensorSpec.$Properties instead.
                 */

                /**
                 * Shape of a TensorSpec.
                 * @typedef {sordino.federated.v1.TensorSpec.$Properties} sordino.federated.v1.TensorSpec.$Shape
                 */

                /**
                 * Constructs a new TensorSpec.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a TensorSpec.
                 * @constructor
                 * @param {sordino.federated.v1.TensorSpec.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TensorSpec = function (properties) {
                    this.shape = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * TensorSpec name.
                 * @member {string} name
                 * @memberof sordino.federated.v1.TensorSpec
                 * @instance
                 */
                TensorSpec.prototype.name = "";

                /**
                 * TensorSpec dtype.
                 * @member {sordino.federated.v1.TensorDtype} dtype
                 * @memberof sordino.federated.v1.TensorSpec
                 * @instance
                 */
                TensorSpec.prototype.dtype = 0;

                /**
                 * TensorSpec shape.
                 * @member {Array.<number>} shape
                 * @memberof sordino.federated.v1.TensorSpec
                 * @instance
                 */
                TensorSpec.prototype.shape = $util.emptyArray;

                /**
                 * TensorSpec sha256.
                 * @member {Uint8Array} sha256
                 * @memberof sordino.federated.v1.TensorSpec
                 * @instance
                 */
                TensorSpec.prototype.sha256 = $util.newBuffer([]);

                /**
                 * Creates a new TensorSpec instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.TensorSpec
                 * @static
                 * @param {sordino.federated.v1.TensorSpec.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.TensorSpec} TensorSpec instance
                 * @type {{
                 *   (properties: sordino.federated.v1.TensorSpec.$Shape): sordino.federated.v1.TensorSpec & sordino.federated.v1.TensorSpec.$Shape;
                 *   (properties?: sordino.federated.v1.TensorSpec.$Properties): sordino.federated.v1.TensorSpec;
                 * }}
                 */
                TensorSpec.create = function(properties) {
                    return new TensorSpec(properties);
                };

                /**
                 * Encodes the specified TensorSpec message. Does not implicitly {@link sordino.federated.v1.TensorSpec.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.TensorSpec
                 * @static
                 * @param {sordino.federated.v1.TensorSpec.$Properties} message TensorSpec message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TensorSpec.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                    if (message.dtype != null && $Object.hasOwnProperty.call(message, "dtype") && message.dtype !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).int32(message.dtype);
                    if (message.shape != null && message.shape.length)
                        writer.uint32(/* id 3, wireType 2 =*/26).uint32s(message.shape);
                    if (message.sha256 != null && $Object.hasOwnProperty.call(message, "sha256") && message.sha256.length)
                        writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.sha256);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TensorSpec message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.TensorSpec
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.TensorSpec & sordino.federated.v1.TensorSpec.$Shape} TensorSpec
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TensorSpec.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.TensorSpec();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.name = value;
                                else
                                    delete message.name;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.dtype = value;
                                else
                                    delete message.dtype;
                                continue;
                            }
                        case 3: {
                                if (wireType === 2) {
                                    if (!(message.shape && message.shape.length))
                                        message.shape = [];
                                    reader.uint32s(message.shape);
                                    continue;
                                }
                                if (wireType !== 0)
                                    break;
                                if (!(message.shape && message.shape.length))
                                    message.shape = [];
                                message.shape.push(reader.uint32());
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.sha256 = value;
                                else
                                    delete message.sha256;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return TensorSpec;
            })();

            v1.TensorChunk = (function() {

                /**
                 * Properties of a TensorChunk.
                 * @typedef {Object} sordino.federated.v1.TensorChunk.$Properties
                 * @property {number|null} [tensor] TensorChunk tensor
                 * @property {number|null} [index] TensorChunk index
                 * @property {Uint8Array|null} [data] TensorChunk data
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TensorChunk.
                 * @memberof sordino.federated.v1
                 * @interface ITensorChunk
                 * @augments sordino.federated.v1.TensorChunk.$Properties
                 * @deprecated Use sordino.federated.v1.TensorChunk.$Properties instead.
                 */

                /**
                 * Shape of a TensorChunk.
                 * @typedef {sordino.federated.v1.TensorChunk.$Properties} sordino.federated.v1.TensorChunk.$Shape
                 */

                /**
                 * Constructs a new TensorChunk.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a TensorChunk.
                 * @constructor
                 * @param {sordino.federated.v1.TensorChunk.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TensorChunk = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * TensorChunk tensor.
                 * @member {number} tensor
                 * @memberof sordino.federated.v1.TensorChunk
                 * @instance
                 */
                TensorChunk.prototype.tensor = 0;

                /**
                 * TensorChunk index.
                 * @member {number} index
                 * @memberof sordino.federated.v1.TensorChunk
                 * @instance
                 */
                TensorChunk.prototype.index = 0;

                /**
                 * TensorChunk data.
                 * @member {Uint8Array} data
                 * @memberof sordino.federated.v1.TensorChunk
                 * @instance
                 */
                TensorChunk.prototype.data = $util.newBuffer([]);

                /**
                 * Creates a new TensorChunk instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.TensorChunk
                 * @static
                 * @param {sordino.federated.v1.TensorChunk.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.TensorChunk} TensorChunk instance
                 * @type {{
                 *   (properties: sordino.federated.v1.TensorChunk.$Shape): sordino.federated.v1.TensorChunk & sordino.federated.v1.TensorChunk.$Shape;
                 *   (properties?: sordino.federated.v1.TensorChunk.$Properties): sordino.federated.v1.TensorChunk;
                 * }}
                 */
                TensorChunk.create = function(properties) {
                    return new TensorChunk(properties);
                };

                /**
                 * Encodes the specified TensorChunk message. Does not implicitly {@link sordino.federated.v1.TensorChunk.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.TensorChunk
                 * @static
                 * @param {sordino.federated.v1.TensorChunk.$Properties} message TensorChunk message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TensorChunk.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.tensor != null && $Object.hasOwnProperty.call(message, "tensor") && message.tensor !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.tensor);
                    if (message.index != null && $Object.hasOwnProperty.call(message, "index") && message.index !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.index);
                    if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data.length)
                        writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.data);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TensorChunk message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.TensorChunk
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.TensorChunk & sordino.federated.v1.TensorChunk.$Shape} TensorChunk
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TensorChunk.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.TensorChunk();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.tensor = value;
                                else
                                    delete message.tensor;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.index = value;
                                else
                                    delete message.index;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.data = value;
                                else
                                    delete message.data;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return TensorChunk;
            })();

            v1.Credit = (function() {

                /**
                 * Properties of a Credit.
                 * @typedef {Object} sordino.federated.v1.Credit.$Properties
                 * @property {number|null} [chunks] Credit chunks
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Credit.
                 * @memberof sordino.federated.v1
                 * @interface ICredit
                 * @augments sordino.federated.v1.Credit.$Properties
                 * @deprecated Use sordino.federated.v1.Credit.$Properties instead.
                 */

                /**
                 * Shape of a Credit.
                 * @typedef {sordino.federated.v1.Credit.$Properties} sordino.federated.v1.Credit.$Shape
                 */

                /**
                 * Constructs a new Credit.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a Credit.
                 * @constructor
                 * @param {sordino.federated.v1.Credit.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Credit = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Credit chunks.
                 * @member {number} chunks
                 * @memberof sordino.federated.v1.Credit
                 * @instance
                 */
                Credit.prototype.chunks = 0;

                /**
                 * Creates a new Credit instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Credit
                 * @static
                 * @param {sordino.federated.v1.Credit.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Credit} Credit instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Credit.$Shape): sordino.federated.v1.Credit & sordino.federated.v1.Credit.$Shape;
                 *   (properties?: sordino.federated.v1.Credit.$Properties): sordino.federated.v1.Credit;
                 * }}
                 */
                Credit.create = function(properties) {
                    return new Credit(properties);
                };

                /**
                 * Encodes the specified Credit message. Does not implicitly {@link sordino.federated.v1.Credit.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Credit
                 * @static
                 * @param {sordino.federated.v1.Credit.$Properties} message Credit message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Credit.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.chunks != null && $Object.hasOwnProperty.call(message, "chunks") && message.chunks !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.chunks);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Credit message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Credit
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Credit & sordino.federated.v1.Credit.$Shape} Credit
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Credit.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Credit();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.chunks = value;
                                else
                                    delete message.chunks;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Credit;
            })();

            v1.JoinRequest = (function() {

                /**
                 * Properties of a JoinRequest.
                 * @typedef {Object} sordino.federated.v1.JoinRequest.$Properties
                 * @property {number|null} [protocolVersion] JoinRequest protocolVersion
                 * @property {string|null} [site] JoinRequest site
                 * @property {Array.<string>|null} [capabilities] JoinRequest capabilities
                 * @property {number|null} [weight] JoinRequest weight
                 * @property {sordino.federated.v1.ModelPlace.$Properties|null} [held] JoinRequest held
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a JoinRequest.
                 * @memberof sordino.federated.v1
                 * @interface IJoinRequest
                 * @augments sordino.federated.v1.JoinRequest.$Properties
                 * @deprecated Use sordino.federated.v1.JoinRequest.$Properties instead.
                 */

                /**
                 * Shape of a JoinRequest.
                 * @typedef {sordino.federated.v1.JoinRequest.$Properties} sordino.federated.v1.JoinRequest.$Shape
                 */

                /**
                 * Constructs a new JoinRequest.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a JoinRequest.
                 * @constructor
                 * @param {sordino.federated.v1.JoinRequest.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const JoinRequest = function (properties) {
                    this.capabilities = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * JoinRequest protocolVersion.
                 * @member {number} protocolVersion
                 * @memberof sordino.federated.v1.JoinRequest
                 * @instance
                 */
                JoinRequest.prototype.protocolVersion = 0;

                /**
                 * JoinRequest site.
                 * @member {string} site
                 * @memberof sordino.federated.v1.JoinRequest
                 * @instance
                 */
                JoinRequest.prototype.site = "";

                /**
                 * JoinRequest capabilities.
                 * @member {Array.<string>} capabilities
                 * @memberof sordino.federated.v1.JoinRequest
                 * @instance
                 */
                JoinRequest.prototype.capabilities = $util.emptyArray;

                /**
                 * JoinRequest weight.
                 * @member {number} weight
                 * @memberof sordino.federated.v1.JoinRequest
                 * @instance
                 */
                JoinRequest.prototype.weight = 0;

                /**
                 * JoinRequest held.
                 * @member {sordino.federated.v1.ModelPlace.$Properties|null|undefined} held
                 * @memberof sordino.federated.v1.JoinRequest
                 * @instance
                 */
                JoinRequest.prototype.held = null;

                /**
                 * Creates a new JoinRequest instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.JoinRequest
                 * @static
                 * @param {sordino.federated.v1.JoinRequest.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.JoinRequest} JoinRequest instance
                 * @type {{
                 *   (properties: sordino.federated.v1.JoinRequest.$Shape): sordino.federated.v1.JoinRequest & sordino.federated.v1.JoinRequest.$Shape;
                 *   (properties?: sordino.federated.v1.JoinRequest.$Properties): sordino.federated.v1.JoinRequest;
                 * }}
                 */
                JoinRequest.create = function(properties) {
                    return new JoinRequest(properties);
                };

                /**
                 * Encodes the specified JoinRequest message. Does not implicitly {@link sordino.federated.v1.JoinRequest.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.JoinRequest
                 * @static
                 * @param {sordino.federated.v1.JoinRequest.$Properties} message JoinRequest message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                JoinRequest.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.protocolVersion);
                    if (message.site != null && $Object.hasOwnProperty.call(message, "site") && message.site !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.site);
                    if (message.capabilities != null && message.capabilities.length)
                        for (let i = 0; i < message.capabilities.length; ++i)
                            writer.uint32(/* id 3, wireType 2 =*/26).string(message.capabilities[i]);
                    if (message.weight != null && $Object.hasOwnProperty.call(message, "weight") && !$Object.is(message.weight, 0))
                        writer.uint32(/* id 4, wireType 1 =*/33).double(message.weight);
                    if (message.held != null && $Object.hasOwnProperty.call(message, "held"))
                        $root.sordino.federated.v1.ModelPlace.encode(message.held, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a JoinRequest message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.JoinRequest
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.JoinRequest & sordino.federated.v1.JoinRequest.$Shape} JoinRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                JoinRequest.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.JoinRequest();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.protocolVersion = value;
                                else
                                    delete message.protocolVersion;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.site = value;
                                else
                                    delete message.site;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.capabilities && message.capabilities.length))
                                    message.capabilities = [];
                                message.capabilities.push(reader.stringVerify());
                                continue;
                            }
                        case 4: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.weight = value;
                                else
                                    delete message.weight;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                message.held = $root.sordino.federated.v1.ModelPlace.decode(reader, reader.size(), $undefined, _depth + 1, message.held);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return JoinRequest;
            })();

            v1.ModelPlace = (function() {

                /**
                 * Properties of a ModelPlace.
                 * @typedef {Object} sordino.federated.v1.ModelPlace.$Properties
                 * @property {number|null} [round] ModelPlace round
                 * @property {Uint8Array|null} [model] ModelPlace model
                 * @property {number|null} [tensor] ModelPlace tensor
                 * @property {number|null} [index] ModelPlace index
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a ModelPlace.
                 * @memberof sordino.federated.v1
                 * @interface IModelPlace
                 * @augments sordino.federated.v1.ModelPlace.$Properties
                 * @deprecated Use sordino.federated.v1.ModelPlace.$Properties instead.
                 */

                /**
                 * Shape of a ModelPlace.
                 * @typedef {sordino.federated.v1.ModelPlace.$Properties} sordino.federated.v1.ModelPlace.$Shape
                 */

                /**
                 * Constructs a new ModelPlace.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a ModelPlace.
                 * @constructor
                 * @param {sordino.federated.v1.ModelPlace.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const ModelPlace = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * ModelPlace round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.ModelPlace
                 * @instance
                 */
                ModelPlace.prototype.round = 0;

                /**
                 * ModelPlace model.
                 * @member {Uint8Array} model
                 * @memberof sordino.federated.v1.ModelPlace
                 * @instance
                 */
                ModelPlace.prototype.model = $util.newBuffer([]);

                /**
                 * ModelPlace tensor.
                 * @member {number} tensor
                 * @memberof sordino.federated.v1.ModelPlace
                 * @instance
                 */
                ModelPlace.prototype.tensor = 0;

                /**
                 * ModelPlace index.
                 * @member {number} index
                 * @memberof sordino.federated.v1.ModelPlace
                 * @instance
                 */
                ModelPlace.prototype.index = 0;

                /**
                 * Creates a new ModelPlace instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.ModelPlace
                 * @static
                 * @param {sordino.federated.v1.ModelPlace.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.ModelPlace} ModelPlace instance
                 * @type {{
                 *   (properties: sordino.federated.v1.ModelPlace.$Shape): sordino.federated.v1.ModelPlace & sordino.federated.v1.ModelPlace.$Shape;
                 *   (properties?: sordino.federated.v1.ModelPlace.$Properties): sordino.federated.v1.ModelPlace;
                 * }}
                 */
                ModelPlace.create = function(properties) {
                    return new ModelPlace(properties);
                };

                /**
                 * Encodes the specified ModelPlace message. Does not implicitly {@link sordino.federated.v1.ModelPlace.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.ModelPlace
                 * @static
                 * @param {sordino.federated.v1.ModelPlace.$Properties} message ModelPlace message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                ModelPlace.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.model != null && $Object.hasOwnProperty.call(message, "model") && message.model.length)
                        writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.model);
                    if (message.tensor != null && $Object.hasOwnProperty.call(message, "tensor") && message.tensor !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.tensor);
                    if (message.index != null && $Object.hasOwnProperty.call(message, "index") && message.index !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.index);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a ModelPlace message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.ModelPlace
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.ModelPlace & sordino.federated.v1.ModelPlace.$Shape} ModelPlace
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                ModelPlace.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.ModelPlace();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.model = value;
                                else
                                    delete message.model;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.tensor = value;
                                else
                                    delete message.tensor;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.index = value;
                                else
                                    delete message.index;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return ModelPlace;
            })();

            v1.Welcome = (function() {

                /**
                 * Properties of a Welcome.
                 * @typedef {Object} sordino.federated.v1.Welcome.$Properties
                 * @property {number|null} [protocolVersion] Welcome protocolVersion
                 * @property {string|null} [runId] Welcome runId
                 * @property {number|null} [rounds] Welcome rounds
                 * @property {Uint8Array|null} [topologyJson] Welcome topologyJson
                 * @property {Array.<sordino.federated.v1.TensorSpec.$Properties>|null} [tensors] Welcome tensors
                 * @property {number|null} [minClients] Welcome minClients
                 * @property {boolean|null} [secureAggregation] Welcome secureAggregation
                 * @property {sordino.federated.v1.SiteNoise.$Properties|null} [siteNoise] Welcome siteNoise
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Welcome.
                 * @memberof sordino.federated.v1
                 * @interface IWelcome
                 * @augments sordino.federated.v1.Welcome.$Properties
                 * @deprecated Use sordino.federated.v1.Welcome.$Properties instead.
                 */

                /**
                 * Shape of a Welcome.
                 * @typedef {sordino.federated.v1.Welcome.$Properties} sordino.federated.v1.Welcome.$Shape
                 */

                /**
                 * Constructs a new Welcome.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a Welcome.
                 * @constructor
                 * @param {sordino.federated.v1.Welcome.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Welcome = function (properties) {
                    this.tensors = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Welcome protocolVersion.
                 * @member {number} protocolVersion
                 * @memberof sordino.federated.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.protocolVersion = 0;

                /**
                 * Welcome runId.
                 * @member {string} runId
                 * @memberof sordino.federated.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.runId = "";

                /**
                 * Welcome rounds.
                 * @member {number} rounds
                 * @memberof sordino.federated.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.rounds = 0;

                /**
                 * Welcome topologyJson.
                 * @member {Uint8Array} topologyJson
                 * @memberof sordino.federated.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.topologyJson = $util.newBuffer([]);

                /**
                 * Welcome tensors.
                 * @member {Array.<sordino.federated.v1.TensorSpec.$Properties>} tensors
                 * @memberof sordino.federated.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.tensors = $util.emptyArray;

                /**
                 * Welcome minClients.
                 * @member {number} minClients
                 * @memberof sordino.federated.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.minClients = 0;

                /**
                 * Welcome secureAggregation.
                 * @member {boolean} secureAggregation
                 * @memberof sordino.federated.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.secureAggregation = false;

                /**
                 * Welcome siteNoise.
                 * @member {sordino.federated.v1.SiteNoise.$Properties|null|undefined} siteNoise
                 * @memberof sordino.federated.v1.Welcome
                 * @instance
                 */
                Welcome.prototype.siteNoise = null;

                /**
                 * Creates a new Welcome instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Welcome
                 * @static
                 * @param {sordino.federated.v1.Welcome.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Welcome} Welcome instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Welcome.$Shape): sordino.federated.v1.Welcome & sordino.federated.v1.Welcome.$Shape;
                 *   (properties?: sordino.federated.v1.Welcome.$Properties): sordino.federated.v1.Welcome;
                 * }}
                 */
                Welcome.create = function(properties) {
                    return new Welcome(properties);
                };

                /**
                 * Encodes the specified Welcome message. Does not implicitly {@link sordino.federated.v1.Welcome.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Welcome
                 * @static
                 * @param {sordino.federated.v1.Welcome.$Properties} message Welcome message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Welcome.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.protocolVersion);
                    if (message.runId != null && $Object.hasOwnProperty.call(message, "runId") && message.runId !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.runId);
                    if (message.rounds != null && $Object.hasOwnProperty.call(message, "rounds") && message.rounds !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.rounds);
                    if (message.topologyJson != null && $Object.hasOwnProperty.call(message, "topologyJson") && message.topologyJson.length)
                        writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.topologyJson);
                    if (message.tensors != null && message.tensors.length)
                        for (let i = 0; i < message.tensors.length; ++i)
                            $root.sordino.federated.v1.TensorSpec.encode(message.tensors[i], writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.minClients != null && $Object.hasOwnProperty.call(message, "minClients") && message.minClients !== 0)
                        writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.minClients);
                    if (message.secureAggregation != null && $Object.hasOwnProperty.call(message, "secureAggregation") && message.secureAggregation !== false)
                        writer.uint32(/* id 7, wireType 0 =*/56).bool(message.secureAggregation);
                    if (message.siteNoise != null && $Object.hasOwnProperty.call(message, "siteNoise"))
                        $root.sordino.federated.v1.SiteNoise.encode(message.siteNoise, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Welcome message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Welcome
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Welcome & sordino.federated.v1.Welcome.$Shape} Welcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Welcome.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Welcome();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.protocolVersion = value;
                                else
                                    delete message.protocolVersion;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.runId = value;
                                else
                                    delete message.runId;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.rounds = value;
                                else
                                    delete message.rounds;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.topologyJson = value;
                                else
                                    delete message.topologyJson;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.tensors && message.tensors.length))
                                    message.tensors = [];
                                message.tensors.push($root.sordino.federated.v1.TensorSpec.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.minClients = value;
                                else
                                    delete message.minClients;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.secureAggregation = value;
                                else
                                    delete message.secureAggregation;
                                continue;
                            }
                        case 8: {
                                if (wireType !== 2)
                                    break;
                                message.siteNoise = $root.sordino.federated.v1.SiteNoise.decode(reader, reader.size(), $undefined, _depth + 1, message.siteNoise);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Welcome;
            })();

            v1.SiteNoise = (function() {

                /**
                 * Properties of a SiteNoise.
                 * @typedef {Object} sordino.federated.v1.SiteNoise.$Properties
                 * @property {number|null} [rounds] SiteNoise rounds
                 * @property {number|null} [l2ClipNorm] SiteNoise l2ClipNorm
                 * @property {number|null} [noiseMultiplier] SiteNoise noiseMultiplier
                 * @property {number|null} [honestSurvivors] SiteNoise honestSurvivors
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SiteNoise.
                 * @memberof sordino.federated.v1
                 * @interface ISiteNoise
                 * @augments sordino.federated.v1.SiteNoise.$Properties
                 * @deprecated Use sordino.federated.v1.SiteNoise.$Properties instead.
                 */

                /**
                 * Shape of a SiteNoise.
                 * @typedef {sordino.federated.v1.SiteNoise.$Properties} sordino.federated.v1.SiteNoise.$Shape
                 */

                /**
                 * Constructs a new SiteNoise.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SiteNoise.
                 * @constructor
                 * @param {sordino.federated.v1.SiteNoise.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SiteNoise = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SiteNoise rounds.
                 * @member {number} rounds
                 * @memberof sordino.federated.v1.SiteNoise
                 * @instance
                 */
                SiteNoise.prototype.rounds = 0;

                /**
                 * SiteNoise l2ClipNorm.
                 * @member {number} l2ClipNorm
                 * @memberof sordino.federated.v1.SiteNoise
                 * @instance
                 */
                SiteNoise.prototype.l2ClipNorm = 0;

                /**
                 * SiteNoise noiseMultiplier.
                 * @member {number} noiseMultiplier
                 * @memberof sordino.federated.v1.SiteNoise
                 * @instance
                 */
                SiteNoise.prototype.noiseMultiplier = 0;

                /**
                 * SiteNoise honestSurvivors.
                 * @member {number} honestSurvivors
                 * @memberof sordino.federated.v1.SiteNoise
                 * @instance
                 */
                SiteNoise.prototype.honestSurvivors = 0;

                /**
                 * Creates a new SiteNoise instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SiteNoise
                 * @static
                 * @param {sordino.federated.v1.SiteNoise.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SiteNoise} SiteNoise instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SiteNoise.$Shape): sordino.federated.v1.SiteNoise & sordino.federated.v1.SiteNoise.$Shape;
                 *   (properties?: sordino.federated.v1.SiteNoise.$Properties): sordino.federated.v1.SiteNoise;
                 * }}
                 */
                SiteNoise.create = function(properties) {
                    return new SiteNoise(properties);
                };

                /**
                 * Encodes the specified SiteNoise message. Does not implicitly {@link sordino.federated.v1.SiteNoise.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SiteNoise
                 * @static
                 * @param {sordino.federated.v1.SiteNoise.$Properties} message SiteNoise message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SiteNoise.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.rounds != null && $Object.hasOwnProperty.call(message, "rounds") && message.rounds !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.rounds);
                    if (message.l2ClipNorm != null && $Object.hasOwnProperty.call(message, "l2ClipNorm") && !$Object.is(message.l2ClipNorm, 0))
                        writer.uint32(/* id 2, wireType 1 =*/17).double(message.l2ClipNorm);
                    if (message.noiseMultiplier != null && $Object.hasOwnProperty.call(message, "noiseMultiplier") && !$Object.is(message.noiseMultiplier, 0))
                        writer.uint32(/* id 3, wireType 1 =*/25).double(message.noiseMultiplier);
                    if (message.honestSurvivors != null && $Object.hasOwnProperty.call(message, "honestSurvivors") && message.honestSurvivors !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.honestSurvivors);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SiteNoise message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SiteNoise
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SiteNoise & sordino.federated.v1.SiteNoise.$Shape} SiteNoise
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SiteNoise.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SiteNoise();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.rounds = value;
                                else
                                    delete message.rounds;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.l2ClipNorm = value;
                                else
                                    delete message.l2ClipNorm;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.noiseMultiplier = value;
                                else
                                    delete message.noiseMultiplier;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.honestSurvivors = value;
                                else
                                    delete message.honestSurvivors;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SiteNoise;
            })();

            /**
             * InstructionKind enum.
             * @name sordino.federated.v1.InstructionKind
             * @enum {number}
             * @property {number} INSTRUCTION_KIND_UNSPECIFIED=0 INSTRUCTION_KIND_UNSPECIFIED value
             * @property {number} INSTRUCTION_KIND_TRAIN=1 INSTRUCTION_KIND_TRAIN value
             * @property {number} INSTRUCTION_KIND_EVALUATE=2 INSTRUCTION_KIND_EVALUATE value
             * @property {number} INSTRUCTION_KIND_STOP=3 INSTRUCTION_KIND_STOP value
             * @property {number} INSTRUCTION_KIND_INITIAL_PARAMETERS=4 INSTRUCTION_KIND_INITIAL_PARAMETERS value
             */
            v1.InstructionKind = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "INSTRUCTION_KIND_UNSPECIFIED"] = 0;
                values[valuesById[1] = "INSTRUCTION_KIND_TRAIN"] = 1;
                values[valuesById[2] = "INSTRUCTION_KIND_EVALUATE"] = 2;
                values[valuesById[3] = "INSTRUCTION_KIND_STOP"] = 3;
                values[valuesById[4] = "INSTRUCTION_KIND_INITIAL_PARAMETERS"] = 4;
                return values;
            })();

            v1.Instruction = (function() {

                /**
                 * Properties of an Instruction.
                 * @typedef {Object} sordino.federated.v1.Instruction.$Properties
                 * @property {sordino.federated.v1.InstructionKind|null} [kind] Instruction kind
                 * @property {number|null} [round] Instruction round
                 * @property {Object.<string,number>|null} [config] Instruction config
                 * @property {Array.<sordino.federated.v1.TensorSpec.$Properties>|null} [tensors] Instruction tensors
                 * @property {sordino.federated.v1.ChunkPlace.$Properties|null} [from] Instruction from
                 * @property {sordino.federated.v1.Lineage.$Properties|null} [lineage] Instruction lineage
                 * @property {Uint8Array|null} [signature] Instruction signature
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Instruction.
                 * @memberof sordino.federated.v1
                 * @interface IInstruction
                 * @augments sordino.federated.v1.Instruction.$Properties
                 * @deprecated Use sordino.federated.v1.Instruction.$Properties instead.
                 */

                /**
                 * Shape of an Instruction.
                 * @typedef {sordino.federated.v1.Instruction.$Properties} sordino.federated.v1.Instruction.$Shape
                 */

                /**
                 * Constructs a new Instruction.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents an Instruction.
                 * @constructor
                 * @param {sordino.federated.v1.Instruction.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Instruction = function (properties) {
                    this.config = {};
                    this.tensors = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Instruction kind.
                 * @member {sordino.federated.v1.InstructionKind} kind
                 * @memberof sordino.federated.v1.Instruction
                 * @instance
                 */
                Instruction.prototype.kind = 0;

                /**
                 * Instruction round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.Instruction
                 * @instance
                 */
                Instruction.prototype.round = 0;

                /**
                 * Instruction config.
                 * @member {Object.<string,number>} config
                 * @memberof sordino.federated.v1.Instruction
                 * @instance
                 */
                Instruction.prototype.config = $util.emptyObject;

                /**
                 * Instruction tensors.
                 * @member {Array.<sordino.federated.v1.TensorSpec.$Properties>} tensors
                 * @memberof sordino.federated.v1.Instruction
                 * @instance
                 */
                Instruction.prototype.tensors = $util.emptyArray;

                /**
                 * Instruction from.
                 * @member {sordino.federated.v1.ChunkPlace.$Properties|null|undefined} from
                 * @memberof sordino.federated.v1.Instruction
                 * @instance
                 */
                Instruction.prototype.from = null;

                /**
                 * Instruction lineage.
                 * @member {sordino.federated.v1.Lineage.$Properties|null|undefined} lineage
                 * @memberof sordino.federated.v1.Instruction
                 * @instance
                 */
                Instruction.prototype.lineage = null;

                /**
                 * Instruction signature.
                 * @member {Uint8Array} signature
                 * @memberof sordino.federated.v1.Instruction
                 * @instance
                 */
                Instruction.prototype.signature = $util.newBuffer([]);

                /**
                 * Creates a new Instruction instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Instruction
                 * @static
                 * @param {sordino.federated.v1.Instruction.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Instruction} Instruction instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Instruction.$Shape): sordino.federated.v1.Instruction & sordino.federated.v1.Instruction.$Shape;
                 *   (properties?: sordino.federated.v1.Instruction.$Properties): sordino.federated.v1.Instruction;
                 * }}
                 */
                Instruction.create = function(properties) {
                    return new Instruction(properties);
                };

                /**
                 * Encodes the specified Instruction message. Does not implicitly {@link sordino.federated.v1.Instruction.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Instruction
                 * @static
                 * @param {sordino.federated.v1.Instruction.$Properties} message Instruction message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Instruction.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.kind);
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.round);
                    if (message.config != null && $Object.hasOwnProperty.call(message, "config"))
                        for (let keys = $Object.keys(message.config), i = 0; i < keys.length; ++i)
                            writer.uint32(/* id 3, wireType 2 =*/26).fork().uint32(/* id 1, wireType 2 =*/10).string(keys[i]).uint32(/* id 2, wireType 1 =*/17).double(message.config[keys[i]]).ldelim();
                    if (message.tensors != null && message.tensors.length)
                        for (let i = 0; i < message.tensors.length; ++i)
                            $root.sordino.federated.v1.TensorSpec.encode(message.tensors[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.from != null && $Object.hasOwnProperty.call(message, "from"))
                        $root.sordino.federated.v1.ChunkPlace.encode(message.from, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.lineage != null && $Object.hasOwnProperty.call(message, "lineage"))
                        $root.sordino.federated.v1.Lineage.encode(message.lineage, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                    if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                        writer.uint32(/* id 7, wireType 2 =*/58).bytes(message.signature);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Instruction message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Instruction
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Instruction & sordino.federated.v1.Instruction.$Shape} Instruction
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Instruction.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, key, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Instruction();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.kind = value;
                                else
                                    delete message.kind;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if (message.config === $util.emptyObject)
                                    message.config = {};
                                let end2 = reader.size() + reader.pos;
                                if (end2 > reader.len)
                                    throw $RangeError("index out of range");
                                reader.len = end2;
                                key = "";
                                value = 0;
                                while (reader.pos < end2) {
                                    let tag2 = reader.tag();
                                    wireType = tag2 & 7;
                                    switch (tag2 >>>= 3) {
                                    case 1:
                                        if (wireType !== 2)
                                            break;
                                        key = reader.stringVerify();
                                        continue;
                                    case 2:
                                        if (wireType !== 1)
                                            break;
                                        value = reader.double();
                                        continue;
                                    }
                                    reader.skipType(wireType, _depth, tag2);
                                }
                                if (reader.pos !== end2)
                                    throw $RangeError("index out of range");
                                reader.len = end;
                                if (key === "__proto__")
                                    $util.makeProp(message.config, key);
                                message.config[key] = value;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.tensors && message.tensors.length))
                                    message.tensors = [];
                                message.tensors.push($root.sordino.federated.v1.TensorSpec.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                message.from = $root.sordino.federated.v1.ChunkPlace.decode(reader, reader.size(), $undefined, _depth + 1, message.from);
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                message.lineage = $root.sordino.federated.v1.Lineage.decode(reader, reader.size(), $undefined, _depth + 1, message.lineage);
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.signature = value;
                                else
                                    delete message.signature;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Instruction;
            })();

            v1.ChunkPlace = (function() {

                /**
                 * Properties of a ChunkPlace.
                 * @typedef {Object} sordino.federated.v1.ChunkPlace.$Properties
                 * @property {number|null} [tensor] ChunkPlace tensor
                 * @property {number|null} [index] ChunkPlace index
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a ChunkPlace.
                 * @memberof sordino.federated.v1
                 * @interface IChunkPlace
                 * @augments sordino.federated.v1.ChunkPlace.$Properties
                 * @deprecated Use sordino.federated.v1.ChunkPlace.$Properties instead.
                 */

                /**
                 * Shape of a ChunkPlace.
                 * @typedef {sordino.federated.v1.ChunkPlace.$Properties} sordino.federated.v1.ChunkPlace.$Shape
                 */

                /**
                 * Constructs a new ChunkPlace.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a ChunkPlace.
                 * @constructor
                 * @param {sordino.federated.v1.ChunkPlace.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const ChunkPlace = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * ChunkPlace tensor.
                 * @member {number} tensor
                 * @memberof sordino.federated.v1.ChunkPlace
                 * @instance
                 */
                ChunkPlace.prototype.tensor = 0;

                /**
                 * ChunkPlace index.
                 * @member {number} index
                 * @memberof sordino.federated.v1.ChunkPlace
                 * @instance
                 */
                ChunkPlace.prototype.index = 0;

                /**
                 * Creates a new ChunkPlace instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.ChunkPlace
                 * @static
                 * @param {sordino.federated.v1.ChunkPlace.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.ChunkPlace} ChunkPlace instance
                 * @type {{
                 *   (properties: sordino.federated.v1.ChunkPlace.$Shape): sordino.federated.v1.ChunkPlace & sordino.federated.v1.ChunkPlace.$Shape;
                 *   (properties?: sordino.federated.v1.ChunkPlace.$Properties): sordino.federated.v1.ChunkPlace;
                 * }}
                 */
                ChunkPlace.create = function(properties) {
                    return new ChunkPlace(properties);
                };

                /**
                 * Encodes the specified ChunkPlace message. Does not implicitly {@link sordino.federated.v1.ChunkPlace.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.ChunkPlace
                 * @static
                 * @param {sordino.federated.v1.ChunkPlace.$Properties} message ChunkPlace message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                ChunkPlace.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.tensor != null && $Object.hasOwnProperty.call(message, "tensor") && message.tensor !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.tensor);
                    if (message.index != null && $Object.hasOwnProperty.call(message, "index") && message.index !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.index);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a ChunkPlace message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.ChunkPlace
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.ChunkPlace & sordino.federated.v1.ChunkPlace.$Shape} ChunkPlace
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                ChunkPlace.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.ChunkPlace();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.tensor = value;
                                else
                                    delete message.tensor;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.index = value;
                                else
                                    delete message.index;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return ChunkPlace;
            })();

            v1.Lineage = (function() {

                /**
                 * Properties of a Lineage.
                 * @typedef {Object} sordino.federated.v1.Lineage.$Properties
                 * @property {number|null} [round] Lineage round
                 * @property {Uint8Array|null} [parent] Lineage parent
                 * @property {Uint8Array|null} [model] Lineage model
                 * @property {string|null} [strategy] Lineage strategy
                 * @property {Uint8Array|null} [signature] Lineage signature
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Lineage.
                 * @memberof sordino.federated.v1
                 * @interface ILineage
                 * @augments sordino.federated.v1.Lineage.$Properties
                 * @deprecated Use sordino.federated.v1.Lineage.$Properties instead.
                 */

                /**
                 * Shape of a Lineage.
                 * @typedef {sordino.federated.v1.Lineage.$Properties} sordino.federated.v1.Lineage.$Shape
                 */

                /**
                 * Constructs a new Lineage.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a Lineage.
                 * @constructor
                 * @param {sordino.federated.v1.Lineage.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Lineage = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Lineage round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.Lineage
                 * @instance
                 */
                Lineage.prototype.round = 0;

                /**
                 * Lineage parent.
                 * @member {Uint8Array} parent
                 * @memberof sordino.federated.v1.Lineage
                 * @instance
                 */
                Lineage.prototype.parent = $util.newBuffer([]);

                /**
                 * Lineage model.
                 * @member {Uint8Array} model
                 * @memberof sordino.federated.v1.Lineage
                 * @instance
                 */
                Lineage.prototype.model = $util.newBuffer([]);

                /**
                 * Lineage strategy.
                 * @member {string} strategy
                 * @memberof sordino.federated.v1.Lineage
                 * @instance
                 */
                Lineage.prototype.strategy = "";

                /**
                 * Lineage signature.
                 * @member {Uint8Array} signature
                 * @memberof sordino.federated.v1.Lineage
                 * @instance
                 */
                Lineage.prototype.signature = $util.newBuffer([]);

                /**
                 * Creates a new Lineage instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Lineage
                 * @static
                 * @param {sordino.federated.v1.Lineage.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Lineage} Lineage instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Lineage.$Shape): sordino.federated.v1.Lineage & sordino.federated.v1.Lineage.$Shape;
                 *   (properties?: sordino.federated.v1.Lineage.$Properties): sordino.federated.v1.Lineage;
                 * }}
                 */
                Lineage.create = function(properties) {
                    return new Lineage(properties);
                };

                /**
                 * Encodes the specified Lineage message. Does not implicitly {@link sordino.federated.v1.Lineage.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Lineage
                 * @static
                 * @param {sordino.federated.v1.Lineage.$Properties} message Lineage message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Lineage.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.parent != null && $Object.hasOwnProperty.call(message, "parent") && message.parent.length)
                        writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.parent);
                    if (message.model != null && $Object.hasOwnProperty.call(message, "model") && message.model.length)
                        writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.model);
                    if (message.strategy != null && $Object.hasOwnProperty.call(message, "strategy") && message.strategy !== "")
                        writer.uint32(/* id 4, wireType 2 =*/34).string(message.strategy);
                    if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                        writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.signature);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Lineage message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Lineage
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Lineage & sordino.federated.v1.Lineage.$Shape} Lineage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Lineage.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Lineage();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.parent = value;
                                else
                                    delete message.parent;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.model = value;
                                else
                                    delete message.model;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.strategy = value;
                                else
                                    delete message.strategy;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.signature = value;
                                else
                                    delete message.signature;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Lineage;
            })();

            /**
             * NeighboringRelation enum.
             * @name sordino.federated.v1.NeighboringRelation
             * @enum {number}
             * @property {number} NEIGHBORING_RELATION_UNSPECIFIED=0 NEIGHBORING_RELATION_UNSPECIFIED value
             * @property {number} NEIGHBORING_RELATION_ADD_OR_REMOVE_ONE=1 NEIGHBORING_RELATION_ADD_OR_REMOVE_ONE value
             * @property {number} NEIGHBORING_RELATION_REPLACE_ONE=2 NEIGHBORING_RELATION_REPLACE_ONE value
             * @property {number} NEIGHBORING_RELATION_ZERO_OUT=3 NEIGHBORING_RELATION_ZERO_OUT value
             */
            v1.NeighboringRelation = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "NEIGHBORING_RELATION_UNSPECIFIED"] = 0;
                values[valuesById[1] = "NEIGHBORING_RELATION_ADD_OR_REMOVE_ONE"] = 1;
                values[valuesById[2] = "NEIGHBORING_RELATION_REPLACE_ONE"] = 2;
                values[valuesById[3] = "NEIGHBORING_RELATION_ZERO_OUT"] = 3;
                return values;
            })();

            /**
             * PrivacyUnit enum.
             * @name sordino.federated.v1.PrivacyUnit
             * @enum {number}
             * @property {number} PRIVACY_UNIT_UNSPECIFIED=0 PRIVACY_UNIT_UNSPECIFIED value
             * @property {number} PRIVACY_UNIT_EXAMPLE=1 PRIVACY_UNIT_EXAMPLE value
             * @property {number} PRIVACY_UNIT_USER=2 PRIVACY_UNIT_USER value
             * @property {number} PRIVACY_UNIT_CLIENT=3 PRIVACY_UNIT_CLIENT value
             * @property {number} PRIVACY_UNIT_DEVICE=4 PRIVACY_UNIT_DEVICE value
             * @property {number} PRIVACY_UNIT_SEQUENCE=5 PRIVACY_UNIT_SEQUENCE value
             */
            v1.PrivacyUnit = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "PRIVACY_UNIT_UNSPECIFIED"] = 0;
                values[valuesById[1] = "PRIVACY_UNIT_EXAMPLE"] = 1;
                values[valuesById[2] = "PRIVACY_UNIT_USER"] = 2;
                values[valuesById[3] = "PRIVACY_UNIT_CLIENT"] = 3;
                values[valuesById[4] = "PRIVACY_UNIT_DEVICE"] = 4;
                values[valuesById[5] = "PRIVACY_UNIT_SEQUENCE"] = 5;
                return values;
            })();

            v1.PrivacyStatement = (function() {

                /**
                 * Properties of a PrivacyStatement.
                 * @typedef {Object} sordino.federated.v1.PrivacyStatement.$Properties
                 * @property {number|null} [epsilonLower] PrivacyStatement epsilonLower
                 * @property {number|null} [epsilonUpper] PrivacyStatement epsilonUpper
                 * @property {number|null} [delta] PrivacyStatement delta
                 * @property {sordino.federated.v1.NeighboringRelation|null} [neighboring] PrivacyStatement neighboring
                 * @property {sordino.federated.v1.PrivacyUnit|null} [unit] PrivacyStatement unit
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a PrivacyStatement.
                 * @memberof sordino.federated.v1
                 * @interface IPrivacyStatement
                 * @augments sordino.federated.v1.PrivacyStatement.$Properties
                 * @deprecated Use sordino.federated.v1.PrivacyStatement.$Properties instead.
                 */

                /**
                 * Shape of a PrivacyStatement.
                 * @typedef {sordino.federated.v1.PrivacyStatement.$Properties} sordino.federated.v1.PrivacyStatement.$Shape
                 */

                /**
                 * Constructs a new PrivacyStatement.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a PrivacyStatement.
                 * @constructor
                 * @param {sordino.federated.v1.PrivacyStatement.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const PrivacyStatement = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * PrivacyStatement epsilonLower.
                 * @member {number} epsilonLower
                 * @memberof sordino.federated.v1.PrivacyStatement
                 * @instance
                 */
                PrivacyStatement.prototype.epsilonLower = 0;

                /**
                 * PrivacyStatement epsilonUpper.
                 * @member {number} epsilonUpper
                 * @memberof sordino.federated.v1.PrivacyStatement
                 * @instance
                 */
                PrivacyStatement.prototype.epsilonUpper = 0;

                /**
                 * PrivacyStatement delta.
                 * @member {number} delta
                 * @memberof sordino.federated.v1.PrivacyStatement
                 * @instance
                 */
                PrivacyStatement.prototype.delta = 0;

                /**
                 * PrivacyStatement neighboring.
                 * @member {sordino.federated.v1.NeighboringRelation} neighboring
                 * @memberof sordino.federated.v1.PrivacyStatement
                 * @instance
                 */
                PrivacyStatement.prototype.neighboring = 0;

                /**
                 * PrivacyStatement unit.
                 * @member {sordino.federated.v1.PrivacyUnit} unit
                 * @memberof sordino.federated.v1.PrivacyStatement
                 * @instance
                 */
                PrivacyStatement.prototype.unit = 0;

                /**
                 * Creates a new PrivacyStatement instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.PrivacyStatement
                 * @static
                 * @param {sordino.federated.v1.PrivacyStatement.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.PrivacyStatement} PrivacyStatement instance
                 * @type {{
                 *   (properties: sordino.federated.v1.PrivacyStatement.$Shape): sordino.federated.v1.PrivacyStatement & sordino.federated.v1.PrivacyStatement.$Shape;
                 *   (properties?: sordino.federated.v1.PrivacyStatement.$Properties): sordino.federated.v1.PrivacyStatement;
                 * }}
                 */
                PrivacyStatement.create = function(properties) {
                    return new PrivacyStatement(properties);
                };

                /**
                 * Encodes the specified PrivacyStatement message. Does not implicitly {@link sordino.federated.v1.PrivacyStatement.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.PrivacyStatement
                 * @static
                 * @param {sordino.federated.v1.PrivacyStatement.$Properties} message PrivacyStatement message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                PrivacyStatement.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.epsilonLower != null && $Object.hasOwnProperty.call(message, "epsilonLower") && !$Object.is(message.epsilonLower, 0))
                        writer.uint32(/* id 1, wireType 1 =*/9).double(message.epsilonLower);
                    if (message.epsilonUpper != null && $Object.hasOwnProperty.call(message, "epsilonUpper") && !$Object.is(message.epsilonUpper, 0))
                        writer.uint32(/* id 2, wireType 1 =*/17).double(message.epsilonUpper);
                    if (message.delta != null && $Object.hasOwnProperty.call(message, "delta") && !$Object.is(message.delta, 0))
                        writer.uint32(/* id 3, wireType 1 =*/25).double(message.delta);
                    if (message.neighboring != null && $Object.hasOwnProperty.call(message, "neighboring") && message.neighboring !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).int32(message.neighboring);
                    if (message.unit != null && $Object.hasOwnProperty.call(message, "unit") && message.unit !== 0)
                        writer.uint32(/* id 5, wireType 0 =*/40).int32(message.unit);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a PrivacyStatement message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.PrivacyStatement
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.PrivacyStatement & sordino.federated.v1.PrivacyStatement.$Shape} PrivacyStatement
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                PrivacyStatement.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.PrivacyStatement();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.epsilonLower = value;
                                else
                                    delete message.epsilonLower;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.epsilonUpper = value;
                                else
                                    delete message.epsilonUpper;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.delta = value;
                                else
                                    delete message.delta;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.neighboring = value;
                                else
                                    delete message.neighboring;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.unit = value;
                                else
                                    delete message.unit;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return PrivacyStatement;
            })();

            v1.SignedReport = (function() {

                /**
                 * Properties of a SignedReport.
                 * @typedef {Object} sordino.federated.v1.SignedReport.$Properties
                 * @property {Uint8Array|null} [body] SignedReport body
                 * @property {Uint8Array|null} [signature] SignedReport signature
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SignedReport.
                 * @memberof sordino.federated.v1
                 * @interface ISignedReport
                 * @augments sordino.federated.v1.SignedReport.$Properties
                 * @deprecated Use sordino.federated.v1.SignedReport.$Properties instead.
                 */

                /**
                 * Shape of a SignedReport.
                 * @typedef {sordino.federated.v1.SignedReport.$Properties} sordino.federated.v1.SignedReport.$Shape
                 */

                /**
                 * Constructs a new SignedReport.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SignedReport.
                 * @constructor
                 * @param {sordino.federated.v1.SignedReport.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SignedReport = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SignedReport body.
                 * @member {Uint8Array} body
                 * @memberof sordino.federated.v1.SignedReport
                 * @instance
                 */
                SignedReport.prototype.body = $util.newBuffer([]);

                /**
                 * SignedReport signature.
                 * @member {Uint8Array} signature
                 * @memberof sordino.federated.v1.SignedReport
                 * @instance
                 */
                SignedReport.prototype.signature = $util.newBuffer([]);

                /**
                 * Creates a new SignedReport instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SignedReport
                 * @static
                 * @param {sordino.federated.v1.SignedReport.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SignedReport} SignedReport instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SignedReport.$Shape): sordino.federated.v1.SignedReport & sordino.federated.v1.SignedReport.$Shape;
                 *   (properties?: sordino.federated.v1.SignedReport.$Properties): sordino.federated.v1.SignedReport;
                 * }}
                 */
                SignedReport.create = function(properties) {
                    return new SignedReport(properties);
                };

                /**
                 * Encodes the specified SignedReport message. Does not implicitly {@link sordino.federated.v1.SignedReport.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SignedReport
                 * @static
                 * @param {sordino.federated.v1.SignedReport.$Properties} message SignedReport message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SignedReport.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.body != null && $Object.hasOwnProperty.call(message, "body") && message.body.length)
                        writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.body);
                    if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                        writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.signature);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SignedReport message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SignedReport
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SignedReport & sordino.federated.v1.SignedReport.$Shape} SignedReport
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SignedReport.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SignedReport();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.body = value;
                                else
                                    delete message.body;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.signature = value;
                                else
                                    delete message.signature;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SignedReport;
            })();

            v1.UpdateHeader = (function() {

                /**
                 * Properties of an UpdateHeader.
                 * @typedef {Object} sordino.federated.v1.UpdateHeader.$Properties
                 * @property {number|null} [round] UpdateHeader round
                 * @property {number|null} [stepsTaken] UpdateHeader stepsTaken
                 * @property {sordino.federated.v1.PrivacyStatement.$Properties|null} [privacy] UpdateHeader privacy
                 * @property {Array.<sordino.federated.v1.TensorSpec.$Properties>|null} [tensors] UpdateHeader tensors
                 * @property {boolean|null} [isAgain] UpdateHeader isAgain
                 * @property {sordino.federated.v1.SignedReport.$Properties|null} [report] UpdateHeader report
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an UpdateHeader.
                 * @memberof sordino.federated.v1
                 * @interface IUpdateHeader
                 * @augments sordino.federated.v1.UpdateHeader.$Properties
                 * @deprecated Use sordino.federated.v1.UpdateHeader.$Properties instead.
                 */

                /**
                 * Shape of an UpdateHeader.
                 * @typedef {sordino.federated.v1.UpdateHeader.$Properties} sordino.federated.v1.UpdateHeader.$Shape
                 */

                /**
                 * Constructs a new UpdateHeader.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents an UpdateHeader.
                 * @constructor
                 * @param {sordino.federated.v1.UpdateHeader.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const UpdateHeader = function (properties) {
                    this.tensors = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * UpdateHeader round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.UpdateHeader
                 * @instance
                 */
                UpdateHeader.prototype.round = 0;

                /**
                 * UpdateHeader stepsTaken.
                 * @member {number} stepsTaken
                 * @memberof sordino.federated.v1.UpdateHeader
                 * @instance
                 */
                UpdateHeader.prototype.stepsTaken = 0;

                /**
                 * UpdateHeader privacy.
                 * @member {sordino.federated.v1.PrivacyStatement.$Properties|null|undefined} privacy
                 * @memberof sordino.federated.v1.UpdateHeader
                 * @instance
                 */
                UpdateHeader.prototype.privacy = null;

                /**
                 * UpdateHeader tensors.
                 * @member {Array.<sordino.federated.v1.TensorSpec.$Properties>} tensors
                 * @memberof sordino.federated.v1.UpdateHeader
                 * @instance
                 */
                UpdateHeader.prototype.tensors = $util.emptyArray;

                /**
                 * UpdateHeader isAgain.
                 * @member {boolean} isAgain
                 * @memberof sordino.federated.v1.UpdateHeader
                 * @instance
                 */
                UpdateHeader.prototype.isAgain = false;

                /**
                 * UpdateHeader report.
                 * @member {sordino.federated.v1.SignedReport.$Properties|null|undefined} report
                 * @memberof sordino.federated.v1.UpdateHeader
                 * @instance
                 */
                UpdateHeader.prototype.report = null;

                /**
                 * Creates a new UpdateHeader instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.UpdateHeader
                 * @static
                 * @param {sordino.federated.v1.UpdateHeader.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.UpdateHeader} UpdateHeader instance
                 * @type {{
                 *   (properties: sordino.federated.v1.UpdateHeader.$Shape): sordino.federated.v1.UpdateHeader & sordino.federated.v1.UpdateHeader.$Shape;
                 *   (properties?: sordino.federated.v1.UpdateHeader.$Properties): sordino.federated.v1.UpdateHeader;
                 * }}
                 */
                UpdateHeader.create = function(properties) {
                    return new UpdateHeader(properties);
                };

                /**
                 * Encodes the specified UpdateHeader message. Does not implicitly {@link sordino.federated.v1.UpdateHeader.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.UpdateHeader
                 * @static
                 * @param {sordino.federated.v1.UpdateHeader.$Properties} message UpdateHeader message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                UpdateHeader.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.stepsTaken != null && $Object.hasOwnProperty.call(message, "stepsTaken") && message.stepsTaken !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.stepsTaken);
                    if (message.privacy != null && $Object.hasOwnProperty.call(message, "privacy"))
                        $root.sordino.federated.v1.PrivacyStatement.encode(message.privacy, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.tensors != null && message.tensors.length)
                        for (let i = 0; i < message.tensors.length; ++i)
                            $root.sordino.federated.v1.TensorSpec.encode(message.tensors[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.isAgain != null && $Object.hasOwnProperty.call(message, "isAgain") && message.isAgain !== false)
                        writer.uint32(/* id 5, wireType 0 =*/40).bool(message.isAgain);
                    if (message.report != null && $Object.hasOwnProperty.call(message, "report"))
                        $root.sordino.federated.v1.SignedReport.encode(message.report, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an UpdateHeader message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.UpdateHeader
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.UpdateHeader & sordino.federated.v1.UpdateHeader.$Shape} UpdateHeader
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                UpdateHeader.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.UpdateHeader();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.stepsTaken = value;
                                else
                                    delete message.stepsTaken;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.privacy = $root.sordino.federated.v1.PrivacyStatement.decode(reader, reader.size(), $undefined, _depth + 1, message.privacy);
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.tensors && message.tensors.length))
                                    message.tensors = [];
                                message.tensors.push($root.sordino.federated.v1.TensorSpec.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.isAgain = value;
                                else
                                    delete message.isAgain;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                message.report = $root.sordino.federated.v1.SignedReport.decode(reader, reader.size(), $undefined, _depth + 1, message.report);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return UpdateHeader;
            })();

            v1.Resume = (function() {

                /**
                 * Properties of a Resume.
                 * @typedef {Object} sordino.federated.v1.Resume.$Properties
                 * @property {number|null} [round] Resume round
                 * @property {sordino.federated.v1.ChunkPlace.$Properties|null} [from] Resume from
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Resume.
                 * @memberof sordino.federated.v1
                 * @interface IResume
                 * @augments sordino.federated.v1.Resume.$Properties
                 * @deprecated Use sordino.federated.v1.Resume.$Properties instead.
                 */

                /**
                 * Shape of a Resume.
                 * @typedef {sordino.federated.v1.Resume.$Properties} sordino.federated.v1.Resume.$Shape
                 */

                /**
                 * Constructs a new Resume.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a Resume.
                 * @constructor
                 * @param {sordino.federated.v1.Resume.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Resume = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Resume round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.Resume
                 * @instance
                 */
                Resume.prototype.round = 0;

                /**
                 * Resume from.
                 * @member {sordino.federated.v1.ChunkPlace.$Properties|null|undefined} from
                 * @memberof sordino.federated.v1.Resume
                 * @instance
                 */
                Resume.prototype.from = null;

                /**
                 * Creates a new Resume instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Resume
                 * @static
                 * @param {sordino.federated.v1.Resume.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Resume} Resume instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Resume.$Shape): sordino.federated.v1.Resume & sordino.federated.v1.Resume.$Shape;
                 *   (properties?: sordino.federated.v1.Resume.$Properties): sordino.federated.v1.Resume;
                 * }}
                 */
                Resume.create = function(properties) {
                    return new Resume(properties);
                };

                /**
                 * Encodes the specified Resume message. Does not implicitly {@link sordino.federated.v1.Resume.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Resume
                 * @static
                 * @param {sordino.federated.v1.Resume.$Properties} message Resume message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Resume.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.from != null && $Object.hasOwnProperty.call(message, "from"))
                        $root.sordino.federated.v1.ChunkPlace.encode(message.from, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Resume message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Resume
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Resume & sordino.federated.v1.Resume.$Shape} Resume
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Resume.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Resume();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.from = $root.sordino.federated.v1.ChunkPlace.decode(reader, reader.size(), $undefined, _depth + 1, message.from);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Resume;
            })();

            v1.UpdateEnd = (function() {

                /**
                 * Properties of an UpdateEnd.
                 * @typedef {Object} sordino.federated.v1.UpdateEnd.$Properties
                 * @property {number|null} [round] UpdateEnd round
                 * @property {boolean|null} [complete] UpdateEnd complete
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an UpdateEnd.
                 * @memberof sordino.federated.v1
                 * @interface IUpdateEnd
                 * @augments sordino.federated.v1.UpdateEnd.$Properties
                 * @deprecated Use sordino.federated.v1.UpdateEnd.$Properties instead.
                 */

                /**
                 * Shape of an UpdateEnd.
                 * @typedef {sordino.federated.v1.UpdateEnd.$Properties} sordino.federated.v1.UpdateEnd.$Shape
                 */

                /**
                 * Constructs a new UpdateEnd.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents an UpdateEnd.
                 * @constructor
                 * @param {sordino.federated.v1.UpdateEnd.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const UpdateEnd = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * UpdateEnd round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.UpdateEnd
                 * @instance
                 */
                UpdateEnd.prototype.round = 0;

                /**
                 * UpdateEnd complete.
                 * @member {boolean} complete
                 * @memberof sordino.federated.v1.UpdateEnd
                 * @instance
                 */
                UpdateEnd.prototype.complete = false;

                /**
                 * Creates a new UpdateEnd instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.UpdateEnd
                 * @static
                 * @param {sordino.federated.v1.UpdateEnd.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.UpdateEnd} UpdateEnd instance
                 * @type {{
                 *   (properties: sordino.federated.v1.UpdateEnd.$Shape): sordino.federated.v1.UpdateEnd & sordino.federated.v1.UpdateEnd.$Shape;
                 *   (properties?: sordino.federated.v1.UpdateEnd.$Properties): sordino.federated.v1.UpdateEnd;
                 * }}
                 */
                UpdateEnd.create = function(properties) {
                    return new UpdateEnd(properties);
                };

                /**
                 * Encodes the specified UpdateEnd message. Does not implicitly {@link sordino.federated.v1.UpdateEnd.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.UpdateEnd
                 * @static
                 * @param {sordino.federated.v1.UpdateEnd.$Properties} message UpdateEnd message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                UpdateEnd.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.complete != null && $Object.hasOwnProperty.call(message, "complete") && message.complete !== false)
                        writer.uint32(/* id 2, wireType 0 =*/16).bool(message.complete);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an UpdateEnd message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.UpdateEnd
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.UpdateEnd & sordino.federated.v1.UpdateEnd.$Shape} UpdateEnd
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                UpdateEnd.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.UpdateEnd();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.complete = value;
                                else
                                    delete message.complete;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return UpdateEnd;
            })();

            v1.Evaluation = (function() {

                /**
                 * Properties of an Evaluation.
                 * @typedef {Object} sordino.federated.v1.Evaluation.$Properties
                 * @property {number|null} [round] Evaluation round
                 * @property {Object.<string,number>|null} [metrics] Evaluation metrics
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Evaluation.
                 * @memberof sordino.federated.v1
                 * @interface IEvaluation
                 * @augments sordino.federated.v1.Evaluation.$Properties
                 * @deprecated Use sordino.federated.v1.Evaluation.$Properties instead.
                 */

                /**
                 * Shape of an Evaluation.
                 * @typedef {sordino.federated.v1.Evaluation.$Properties} sordino.federated.v1.Evaluation.$Shape
                 */

                /**
                 * Constructs a new Evaluation.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents an Evaluation.
                 * @constructor
                 * @param {sordino.federated.v1.Evaluation.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Evaluation = function (properties) {
                    this.metrics = {};
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Evaluation round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.Evaluation
                 * @instance
                 */
                Evaluation.prototype.round = 0;

                /**
                 * Evaluation metrics.
                 * @member {Object.<string,number>} metrics
                 * @memberof sordino.federated.v1.Evaluation
                 * @instance
                 */
                Evaluation.prototype.metrics = $util.emptyObject;

                /**
                 * Creates a new Evaluation instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Evaluation
                 * @static
                 * @param {sordino.federated.v1.Evaluation.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Evaluation} Evaluation instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Evaluation.$Shape): sordino.federated.v1.Evaluation & sordino.federated.v1.Evaluation.$Shape;
                 *   (properties?: sordino.federated.v1.Evaluation.$Properties): sordino.federated.v1.Evaluation;
                 * }}
                 */
                Evaluation.create = function(properties) {
                    return new Evaluation(properties);
                };

                /**
                 * Encodes the specified Evaluation message. Does not implicitly {@link sordino.federated.v1.Evaluation.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Evaluation
                 * @static
                 * @param {sordino.federated.v1.Evaluation.$Properties} message Evaluation message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Evaluation.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.metrics != null && $Object.hasOwnProperty.call(message, "metrics"))
                        for (let keys = $Object.keys(message.metrics), i = 0; i < keys.length; ++i)
                            writer.uint32(/* id 2, wireType 2 =*/18).fork().uint32(/* id 1, wireType 2 =*/10).string(keys[i]).uint32(/* id 2, wireType 1 =*/17).double(message.metrics[keys[i]]).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Evaluation message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Evaluation
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Evaluation & sordino.federated.v1.Evaluation.$Shape} Evaluation
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Evaluation.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, key, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Evaluation();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if (message.metrics === $util.emptyObject)
                                    message.metrics = {};
                                let end2 = reader.size() + reader.pos;
                                if (end2 > reader.len)
                                    throw $RangeError("index out of range");
                                reader.len = end2;
                                key = "";
                                value = 0;
                                while (reader.pos < end2) {
                                    let tag2 = reader.tag();
                                    wireType = tag2 & 7;
                                    switch (tag2 >>>= 3) {
                                    case 1:
                                        if (wireType !== 2)
                                            break;
                                        key = reader.stringVerify();
                                        continue;
                                    case 2:
                                        if (wireType !== 1)
                                            break;
                                        value = reader.double();
                                        continue;
                                    }
                                    reader.skipType(wireType, _depth, tag2);
                                }
                                if (reader.pos !== end2)
                                    throw $RangeError("index out of range");
                                reader.len = end;
                                if (key === "__proto__")
                                    $util.makeProp(message.metrics, key);
                                message.metrics[key] = value;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Evaluation;
            })();

            /**
             * DeclineCode enum.
             * @name sordino.federated.v1.DeclineCode
             * @enum {number}
             * @property {number} DECLINE_CODE_UNSPECIFIED=0 DECLINE_CODE_UNSPECIFIED value
             * @property {number} DECLINE_CODE_NOT_AVAILABLE=1 DECLINE_CODE_NOT_AVAILABLE value
             * @property {number} DECLINE_CODE_BUDGET=2 DECLINE_CODE_BUDGET value
             * @property {number} DECLINE_CODE_CLIENT_ERROR=3 DECLINE_CODE_CLIENT_ERROR value
             * @property {number} DECLINE_CODE_CORRUPT=4 DECLINE_CODE_CORRUPT value
             * @property {number} DECLINE_CODE_INTERRUPTED=5 DECLINE_CODE_INTERRUPTED value
             * @property {number} DECLINE_CODE_UNSIGNED=6 DECLINE_CODE_UNSIGNED value
             * @property {number} DECLINE_CODE_POLICY=7 DECLINE_CODE_POLICY value
             */
            v1.DeclineCode = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "DECLINE_CODE_UNSPECIFIED"] = 0;
                values[valuesById[1] = "DECLINE_CODE_NOT_AVAILABLE"] = 1;
                values[valuesById[2] = "DECLINE_CODE_BUDGET"] = 2;
                values[valuesById[3] = "DECLINE_CODE_CLIENT_ERROR"] = 3;
                values[valuesById[4] = "DECLINE_CODE_CORRUPT"] = 4;
                values[valuesById[5] = "DECLINE_CODE_INTERRUPTED"] = 5;
                values[valuesById[6] = "DECLINE_CODE_UNSIGNED"] = 6;
                values[valuesById[7] = "DECLINE_CODE_POLICY"] = 7;
                return values;
            })();

            v1.Declined = (function() {

                /**
                 * Properties of a Declined.
                 * @typedef {Object} sordino.federated.v1.Declined.$Properties
                 * @property {number|null} [round] Declined round
                 * @property {sordino.federated.v1.DeclineCode|null} [code] Declined code
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Declined.
                 * @memberof sordino.federated.v1
                 * @interface IDeclined
                 * @augments sordino.federated.v1.Declined.$Properties
                 * @deprecated Use sordino.federated.v1.Declined.$Properties instead.
                 */

                /**
                 * Shape of a Declined.
                 * @typedef {sordino.federated.v1.Declined.$Properties} sordino.federated.v1.Declined.$Shape
                 */

                /**
                 * Constructs a new Declined.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a Declined.
                 * @constructor
                 * @param {sordino.federated.v1.Declined.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Declined = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Declined round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.Declined
                 * @instance
                 */
                Declined.prototype.round = 0;

                /**
                 * Declined code.
                 * @member {sordino.federated.v1.DeclineCode} code
                 * @memberof sordino.federated.v1.Declined
                 * @instance
                 */
                Declined.prototype.code = 0;

                /**
                 * Creates a new Declined instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Declined
                 * @static
                 * @param {sordino.federated.v1.Declined.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Declined} Declined instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Declined.$Shape): sordino.federated.v1.Declined & sordino.federated.v1.Declined.$Shape;
                 *   (properties?: sordino.federated.v1.Declined.$Properties): sordino.federated.v1.Declined;
                 * }}
                 */
                Declined.create = function(properties) {
                    return new Declined(properties);
                };

                /**
                 * Encodes the specified Declined message. Does not implicitly {@link sordino.federated.v1.Declined.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Declined
                 * @static
                 * @param {sordino.federated.v1.Declined.$Properties} message Declined message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Declined.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).int32(message.code);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Declined message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Declined
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Declined & sordino.federated.v1.Declined.$Shape} Declined
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Declined.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Declined();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.code = value;
                                else
                                    delete message.code;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Declined;
            })();

            /**
             * RejectCode enum.
             * @name sordino.federated.v1.RejectCode
             * @enum {number}
             * @property {number} REJECT_CODE_UNSPECIFIED=0 REJECT_CODE_UNSPECIFIED value
             * @property {number} REJECT_CODE_VERSION=1 REJECT_CODE_VERSION value
             * @property {number} REJECT_CODE_SITE=2 REJECT_CODE_SITE value
             * @property {number} REJECT_CODE_DUPLICATE_SITE=3 REJECT_CODE_DUPLICATE_SITE value
             * @property {number} REJECT_CODE_CLOSED=4 REJECT_CODE_CLOSED value
             * @property {number} REJECT_CODE_PROTOCOL=5 REJECT_CODE_PROTOCOL value
             * @property {number} REJECT_CODE_NON_FINITE=6 REJECT_CODE_NON_FINITE value
             * @property {number} REJECT_CODE_NAME=7 REJECT_CODE_NAME value
             * @property {number} REJECT_CODE_SHAPE=8 REJECT_CODE_SHAPE value
             * @property {number} REJECT_CODE_DTYPE=9 REJECT_CODE_DTYPE value
             * @property {number} REJECT_CODE_COUNT=10 REJECT_CODE_COUNT value
             * @property {number} REJECT_CODE_SIZE=11 REJECT_CODE_SIZE value
             * @property {number} REJECT_CODE_DIGEST=12 REJECT_CODE_DIGEST value
             * @property {number} REJECT_CODE_DUPLICATE=13 REJECT_CODE_DUPLICATE value
             * @property {number} REJECT_CODE_OTHER_ROUND=14 REJECT_CODE_OTHER_ROUND value
             * @property {number} REJECT_CODE_LATE=15 REJECT_CODE_LATE value
             * @property {number} REJECT_CODE_STATEMENT=16 REJECT_CODE_STATEMENT value
             * @property {number} REJECT_CODE_RANGE=17 REJECT_CODE_RANGE value
             * @property {number} REJECT_CODE_INCOMPLETE=18 REJECT_CODE_INCOMPLETE value
             * @property {number} REJECT_CODE_FULL=19 REJECT_CODE_FULL value
             * @property {number} REJECT_CODE_IDENTITY=20 REJECT_CODE_IDENTITY value
             * @property {number} REJECT_CODE_REPORT=21 REJECT_CODE_REPORT value
             */
            v1.RejectCode = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "REJECT_CODE_UNSPECIFIED"] = 0;
                values[valuesById[1] = "REJECT_CODE_VERSION"] = 1;
                values[valuesById[2] = "REJECT_CODE_SITE"] = 2;
                values[valuesById[3] = "REJECT_CODE_DUPLICATE_SITE"] = 3;
                values[valuesById[4] = "REJECT_CODE_CLOSED"] = 4;
                values[valuesById[5] = "REJECT_CODE_PROTOCOL"] = 5;
                values[valuesById[6] = "REJECT_CODE_NON_FINITE"] = 6;
                values[valuesById[7] = "REJECT_CODE_NAME"] = 7;
                values[valuesById[8] = "REJECT_CODE_SHAPE"] = 8;
                values[valuesById[9] = "REJECT_CODE_DTYPE"] = 9;
                values[valuesById[10] = "REJECT_CODE_COUNT"] = 10;
                values[valuesById[11] = "REJECT_CODE_SIZE"] = 11;
                values[valuesById[12] = "REJECT_CODE_DIGEST"] = 12;
                values[valuesById[13] = "REJECT_CODE_DUPLICATE"] = 13;
                values[valuesById[14] = "REJECT_CODE_OTHER_ROUND"] = 14;
                values[valuesById[15] = "REJECT_CODE_LATE"] = 15;
                values[valuesById[16] = "REJECT_CODE_STATEMENT"] = 16;
                values[valuesById[17] = "REJECT_CODE_RANGE"] = 17;
                values[valuesById[18] = "REJECT_CODE_INCOMPLETE"] = 18;
                values[valuesById[19] = "REJECT_CODE_FULL"] = 19;
                values[valuesById[20] = "REJECT_CODE_IDENTITY"] = 20;
                values[valuesById[21] = "REJECT_CODE_REPORT"] = 21;
                return values;
            })();

            v1.Reject = (function() {

                /**
                 * Properties of a Reject.
                 * @typedef {Object} sordino.federated.v1.Reject.$Properties
                 * @property {number|null} [round] Reject round
                 * @property {sordino.federated.v1.RejectCode|null} [code] Reject code
                 * @property {string|null} [text] Reject text
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Reject.
                 * @memberof sordino.federated.v1
                 * @interface IReject
                 * @augments sordino.federated.v1.Reject.$Properties
                 * @deprecated Use sordino.federated.v1.Reject.$Properties instead.
                 */

                /**
                 * Shape of a Reject.
                 * @typedef {sordino.federated.v1.Reject.$Properties} sordino.federated.v1.Reject.$Shape
                 */

                /**
                 * Constructs a new Reject.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a Reject.
                 * @constructor
                 * @param {sordino.federated.v1.Reject.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Reject = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Reject round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.Reject
                 * @instance
                 */
                Reject.prototype.round = 0;

                /**
                 * Reject code.
                 * @member {sordino.federated.v1.RejectCode} code
                 * @memberof sordino.federated.v1.Reject
                 * @instance
                 */
                Reject.prototype.code = 0;

                /**
                 * Reject text.
                 * @member {string} text
                 * @memberof sordino.federated.v1.Reject
                 * @instance
                 */
                Reject.prototype.text = "";

                /**
                 * Creates a new Reject instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Reject
                 * @static
                 * @param {sordino.federated.v1.Reject.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Reject} Reject instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Reject.$Shape): sordino.federated.v1.Reject & sordino.federated.v1.Reject.$Shape;
                 *   (properties?: sordino.federated.v1.Reject.$Properties): sordino.federated.v1.Reject;
                 * }}
                 */
                Reject.create = function(properties) {
                    return new Reject(properties);
                };

                /**
                 * Encodes the specified Reject message. Does not implicitly {@link sordino.federated.v1.Reject.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Reject
                 * @static
                 * @param {sordino.federated.v1.Reject.$Properties} message Reject message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Reject.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).int32(message.code);
                    if (message.text != null && $Object.hasOwnProperty.call(message, "text") && message.text !== "")
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.text);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Reject message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Reject
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Reject & sordino.federated.v1.Reject.$Shape} Reject
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Reject.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Reject();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.code = value;
                                else
                                    delete message.code;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.text = value;
                                else
                                    delete message.text;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Reject;
            })();

            v1.Receipt = (function() {

                /**
                 * Properties of a Receipt.
                 * @typedef {Object} sordino.federated.v1.Receipt.$Properties
                 * @property {number|null} [round] Receipt round
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Receipt.
                 * @memberof sordino.federated.v1
                 * @interface IReceipt
                 * @augments sordino.federated.v1.Receipt.$Properties
                 * @deprecated Use sordino.federated.v1.Receipt.$Properties instead.
                 */

                /**
                 * Shape of a Receipt.
                 * @typedef {sordino.federated.v1.Receipt.$Properties} sordino.federated.v1.Receipt.$Shape
                 */

                /**
                 * Constructs a new Receipt.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a Receipt.
                 * @constructor
                 * @param {sordino.federated.v1.Receipt.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Receipt = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Receipt round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.Receipt
                 * @instance
                 */
                Receipt.prototype.round = 0;

                /**
                 * Creates a new Receipt instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Receipt
                 * @static
                 * @param {sordino.federated.v1.Receipt.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Receipt} Receipt instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Receipt.$Shape): sordino.federated.v1.Receipt & sordino.federated.v1.Receipt.$Shape;
                 *   (properties?: sordino.federated.v1.Receipt.$Properties): sordino.federated.v1.Receipt;
                 * }}
                 */
                Receipt.create = function(properties) {
                    return new Receipt(properties);
                };

                /**
                 * Encodes the specified Receipt message. Does not implicitly {@link sordino.federated.v1.Receipt.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Receipt
                 * @static
                 * @param {sordino.federated.v1.Receipt.$Properties} message Receipt message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Receipt.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Receipt message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Receipt
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Receipt & sordino.federated.v1.Receipt.$Shape} Receipt
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Receipt.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Receipt();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Receipt;
            })();

            v1.Leave = (function() {

                /**
                 * Properties of a Leave.
                 * @typedef {Object} sordino.federated.v1.Leave.$Properties
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Leave.
                 * @memberof sordino.federated.v1
                 * @interface ILeave
                 * @augments sordino.federated.v1.Leave.$Properties
                 * @deprecated Use sordino.federated.v1.Leave.$Properties instead.
                 */

                /**
                 * Shape of a Leave.
                 * @typedef {sordino.federated.v1.Leave.$Properties} sordino.federated.v1.Leave.$Shape
                 */

                /**
                 * Constructs a new Leave.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a Leave.
                 * @constructor
                 * @param {sordino.federated.v1.Leave.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Leave = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Creates a new Leave instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.Leave
                 * @static
                 * @param {sordino.federated.v1.Leave.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.Leave} Leave instance
                 * @type {{
                 *   (properties: sordino.federated.v1.Leave.$Shape): sordino.federated.v1.Leave & sordino.federated.v1.Leave.$Shape;
                 *   (properties?: sordino.federated.v1.Leave.$Properties): sordino.federated.v1.Leave;
                 * }}
                 */
                Leave.create = function(properties) {
                    return new Leave(properties);
                };

                /**
                 * Encodes the specified Leave message. Does not implicitly {@link sordino.federated.v1.Leave.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.Leave
                 * @static
                 * @param {sordino.federated.v1.Leave.$Properties} message Leave message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Leave.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Leave message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.Leave
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.Leave & sordino.federated.v1.Leave.$Shape} Leave
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Leave.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.Leave();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        reader.skipType(tag & 7, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Leave;
            })();

            v1.SecureOrder = (function() {

                /**
                 * Properties of a SecureOrder.
                 * @typedef {Object} sordino.federated.v1.SecureOrder.$Properties
                 * @property {number|null} [round] SecureOrder round
                 * @property {sordino.federated.v1.SecurePlan.$Properties|null} [plan] SecureOrder plan
                 * @property {sordino.federated.v1.SecureKeyList.$Properties|null} [keys] SecureOrder keys
                 * @property {sordino.federated.v1.SecureBoxList.$Properties|null} [boxes] SecureOrder boxes
                 * @property {sordino.federated.v1.SecureSurvivorList.$Properties|null} [survivors] SecureOrder survivors
                 * @property {sordino.federated.v1.SecureAttestationList.$Properties|null} [attestations] SecureOrder attestations
                 * @property {sordino.federated.v1.SecureSurvivorList.$Properties|null} [participants] SecureOrder participants
                 * @property {"plan"|"keys"|"boxes"|"survivors"|"attestations"|"participants"} [step] SecureOrder step
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureOrder.
                 * @memberof sordino.federated.v1
                 * @interface ISecureOrder
                 * @augments sordino.federated.v1.SecureOrder.$Properties
                 * @deprecated Use sordino.federated.v1.SecureOrder.$Properties instead.
                 */

                /**
                 * Narrowed shape of a SecureOrder.
                 * @typedef {{
                 *   round?: number|null;
                 *   plan?: sordino.federated.v1.SecurePlan.$Shape|null;
                 *   keys?: sordino.federated.v1.SecureKeyList.$Shape|null;
                 *   boxes?: sordino.federated.v1.SecureBoxList.$Shape|null;
                 *   survivors?: sordino.federated.v1.SecureSurvivorList.$Shape|null;
                 *   attestations?: sordino.federated.v1.SecureAttestationList.$Shape|null;
                 *   participants?: sordino.federated.v1.SecureSurvivorList.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ step?: undefined; plan?: null; keys?: null; boxes?: null; survivors?: null; attestations?: null; participants?: null }|{ step?: "plan"; plan: sordino.federated.v1.SecurePlan.$Shape; keys?: null; boxes?: null; survivors?: null; attestations?: null; participants?: null }|{ step?: "keys"; plan?: null; keys: sordino.federated.v1.SecureKeyList.$Shape; boxes?: null; survivors?: null; attestations?: null; participants?: null }|{ step?: "boxes"; plan?: null; keys?: null; boxes: sordino.federated.v1.SecureBoxList.$Shape; survivors?: null; attestations?: null; participants?: null }|{ step?: "survivors"; plan?: null; keys?: null; boxes?: null; survivors: sordino.federated.v1.SecureSurvivorList.$Shape; attestations?: null; participants?: null }|{ step?: "attestations"; plan?: null; keys?: null; boxes?: null; survivors?: null; attestations: sordino.federated.v1.SecureAttestationList.$Shape; participants?: null }|{ step?: "participants"; plan?: null; keys?: null; boxes?: null; survivors?: null; attestations?: null; participants: sordino.federated.v1.SecureSurvivorList.$Shape })
                 * )} sordino.federated.v1.SecureOrder.$Shape
                 */

                /**
                 * Constructs a new SecureOrder.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureOrder.
                 * @constructor
                 * @param {sordino.federated.v1.SecureOrder.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureOrder = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureOrder round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.SecureOrder
                 * @instance
                 */
                SecureOrder.prototype.round = 0;

                /**
                 * SecureOrder plan.
                 * @member {sordino.federated.v1.SecurePlan.$Properties|null|undefined} plan
                 * @memberof sordino.federated.v1.SecureOrder
                 * @instance
                 */
                SecureOrder.prototype.plan = null;

                /**
                 * SecureOrder keys.
                 * @member {sordino.federated.v1.SecureKeyList.$Properties|null|undefined} keys
                 * @memberof sordino.federated.v1.SecureOrder
                 * @instance
                 */
                SecureOrder.prototype.keys = null;

                /**
                 * SecureOrder boxes.
                 * @member {sordino.federated.v1.SecureBoxList.$Properties|null|undefined} boxes
                 * @memberof sordino.federated.v1.SecureOrder
                 * @instance
                 */
                SecureOrder.prototype.boxes = null;

                /**
                 * SecureOrder survivors.
                 * @member {sordino.federated.v1.SecureSurvivorList.$Properties|null|undefined} survivors
                 * @memberof sordino.federated.v1.SecureOrder
                 * @instance
                 */
                SecureOrder.prototype.survivors = null;

                /**
                 * SecureOrder attestations.
                 * @member {sordino.federated.v1.SecureAttestationList.$Properties|null|undefined} attestations
                 * @memberof sordino.federated.v1.SecureOrder
                 * @instance
                 */
                SecureOrder.prototype.attestations = null;

                /**
                 * SecureOrder participants.
                 * @member {sordino.federated.v1.SecureSurvivorList.$Properties|null|undefined} participants
                 * @memberof sordino.federated.v1.SecureOrder
                 * @instance
                 */
                SecureOrder.prototype.participants = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * SecureOrder step.
                 * @member {"plan"|"keys"|"boxes"|"survivors"|"attestations"|"participants"|undefined} step
                 * @memberof sordino.federated.v1.SecureOrder
                 * @instance
                 */
                $Object.defineProperty(SecureOrder.prototype, "step", {
                    get: $util.oneOfGetter($oneOfFields = ["plan", "keys", "boxes", "survivors", "attestations", "participants"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new SecureOrder instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureOrder
                 * @static
                 * @param {sordino.federated.v1.SecureOrder.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureOrder} SecureOrder instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureOrder.$Shape): sordino.federated.v1.SecureOrder & sordino.federated.v1.SecureOrder.$Shape;
                 *   (properties?: sordino.federated.v1.SecureOrder.$Properties): sordino.federated.v1.SecureOrder;
                 * }}
                 */
                SecureOrder.create = function(properties) {
                    return new SecureOrder(properties);
                };

                /**
                 * Encodes the specified SecureOrder message. Does not implicitly {@link sordino.federated.v1.SecureOrder.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureOrder
                 * @static
                 * @param {sordino.federated.v1.SecureOrder.$Properties} message SecureOrder message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureOrder.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.plan != null && $Object.hasOwnProperty.call(message, "plan"))
                        $root.sordino.federated.v1.SecurePlan.encode(message.plan, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.keys != null && $Object.hasOwnProperty.call(message, "keys"))
                        $root.sordino.federated.v1.SecureKeyList.encode(message.keys, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.boxes != null && $Object.hasOwnProperty.call(message, "boxes"))
                        $root.sordino.federated.v1.SecureBoxList.encode(message.boxes, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.survivors != null && $Object.hasOwnProperty.call(message, "survivors"))
                        $root.sordino.federated.v1.SecureSurvivorList.encode(message.survivors, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.attestations != null && $Object.hasOwnProperty.call(message, "attestations"))
                        $root.sordino.federated.v1.SecureAttestationList.encode(message.attestations, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                    if (message.participants != null && $Object.hasOwnProperty.call(message, "participants"))
                        $root.sordino.federated.v1.SecureSurvivorList.encode(message.participants, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureOrder message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureOrder
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureOrder & sordino.federated.v1.SecureOrder.$Shape} SecureOrder
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureOrder.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureOrder();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.plan = $root.sordino.federated.v1.SecurePlan.decode(reader, reader.size(), $undefined, _depth + 1, message.plan);
                                message.step = "plan";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.keys = $root.sordino.federated.v1.SecureKeyList.decode(reader, reader.size(), $undefined, _depth + 1, message.keys);
                                message.step = "keys";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.boxes = $root.sordino.federated.v1.SecureBoxList.decode(reader, reader.size(), $undefined, _depth + 1, message.boxes);
                                message.step = "boxes";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                message.survivors = $root.sordino.federated.v1.SecureSurvivorList.decode(reader, reader.size(), $undefined, _depth + 1, message.survivors);
                                message.step = "survivors";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                message.attestations = $root.sordino.federated.v1.SecureAttestationList.decode(reader, reader.size(), $undefined, _depth + 1, message.attestations);
                                message.step = "attestations";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                message.participants = $root.sordino.federated.v1.SecureSurvivorList.decode(reader, reader.size(), $undefined, _depth + 1, message.participants);
                                message.step = "participants";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureOrder;
            })();

            v1.SecureAnswer = (function() {

                /**
                 * Properties of a SecureAnswer.
                 * @typedef {Object} sordino.federated.v1.SecureAnswer.$Properties
                 * @property {number|null} [round] SecureAnswer round
                 * @property {sordino.federated.v1.SecureKeys.$Properties|null} [keys] SecureAnswer keys
                 * @property {sordino.federated.v1.SecureBoxList.$Properties|null} [boxes] SecureAnswer boxes
                 * @property {sordino.federated.v1.SecureAttestation.$Properties|null} [attestation] SecureAnswer attestation
                 * @property {sordino.federated.v1.SecureDisclosure.$Properties|null} [disclosure] SecureAnswer disclosure
                 * @property {boolean|null} [refused] SecureAnswer refused
                 * @property {sordino.federated.v1.SecureComplaintList.$Properties|null} [complaints] SecureAnswer complaints
                 * @property {"keys"|"boxes"|"attestation"|"disclosure"|"refused"|"complaints"} [step] SecureAnswer step
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureAnswer.
                 * @memberof sordino.federated.v1
                 * @interface ISecureAnswer
                 * @augments sordino.federated.v1.SecureAnswer.$Properties
                 * @deprecated Use sordino.federated.v1.SecureAnswer.$Properties instead.
                 */

                /**
                 * Narrowed shape of a SecureAnswer.
                 * @typedef {{
                 *   round?: number|null;
                 *   keys?: sordino.federated.v1.SecureKeys.$Shape|null;
                 *   boxes?: sordino.federated.v1.SecureBoxList.$Shape|null;
                 *   attestation?: sordino.federated.v1.SecureAttestation.$Shape|null;
                 *   disclosure?: sordino.federated.v1.SecureDisclosure.$Shape|null;
                 *   refused?: boolean|null;
                 *   complaints?: sordino.federated.v1.SecureComplaintList.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ step?: undefined; keys?: null; boxes?: null; attestation?: null; disclosure?: null; refused?: null; complaints?: null }|{ step?: "keys"; keys: sordino.federated.v1.SecureKeys.$Shape; boxes?: null; attestation?: null; disclosure?: null; refused?: null; complaints?: null }|{ step?: "boxes"; keys?: null; boxes: sordino.federated.v1.SecureBoxList.$Shape; attestation?: null; disclosure?: null; refused?: null; complaints?: null }|{ step?: "attestation"; keys?: null; boxes?: null; attestation: sordino.federated.v1.SecureAttestation.$Shape; disclosure?: null; refused?: null; complaints?: null }|{ step?: "disclosure"; keys?: null; boxes?: null; attestation?: null; disclosure: sordino.federated.v1.SecureDisclosure.$Shape; refused?: null; complaints?: null }|{ step?: "refused"; keys?: null; boxes?: null; attestation?: null; disclosure?: null; refused: boolean; complaints?: null }|{ step?: "complaints"; keys?: null; boxes?: null; attestation?: null; disclosure?: null; refused?: null; complaints: sordino.federated.v1.SecureComplaintList.$Shape })
                 * )} sordino.federated.v1.SecureAnswer.$Shape
                 */

                /**
                 * Constructs a new SecureAnswer.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureAnswer.
                 * @constructor
                 * @param {sordino.federated.v1.SecureAnswer.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureAnswer = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureAnswer round.
                 * @member {number} round
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @instance
                 */
                SecureAnswer.prototype.round = 0;

                /**
                 * SecureAnswer keys.
                 * @member {sordino.federated.v1.SecureKeys.$Properties|null|undefined} keys
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @instance
                 */
                SecureAnswer.prototype.keys = null;

                /**
                 * SecureAnswer boxes.
                 * @member {sordino.federated.v1.SecureBoxList.$Properties|null|undefined} boxes
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @instance
                 */
                SecureAnswer.prototype.boxes = null;

                /**
                 * SecureAnswer attestation.
                 * @member {sordino.federated.v1.SecureAttestation.$Properties|null|undefined} attestation
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @instance
                 */
                SecureAnswer.prototype.attestation = null;

                /**
                 * SecureAnswer disclosure.
                 * @member {sordino.federated.v1.SecureDisclosure.$Properties|null|undefined} disclosure
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @instance
                 */
                SecureAnswer.prototype.disclosure = null;

                /**
                 * SecureAnswer refused.
                 * @member {boolean|null|undefined} refused
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @instance
                 */
                SecureAnswer.prototype.refused = null;

                /**
                 * SecureAnswer complaints.
                 * @member {sordino.federated.v1.SecureComplaintList.$Properties|null|undefined} complaints
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @instance
                 */
                SecureAnswer.prototype.complaints = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * SecureAnswer step.
                 * @member {"keys"|"boxes"|"attestation"|"disclosure"|"refused"|"complaints"|undefined} step
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @instance
                 */
                $Object.defineProperty(SecureAnswer.prototype, "step", {
                    get: $util.oneOfGetter($oneOfFields = ["keys", "boxes", "attestation", "disclosure", "refused", "complaints"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Creates a new SecureAnswer instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @static
                 * @param {sordino.federated.v1.SecureAnswer.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureAnswer} SecureAnswer instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureAnswer.$Shape): sordino.federated.v1.SecureAnswer & sordino.federated.v1.SecureAnswer.$Shape;
                 *   (properties?: sordino.federated.v1.SecureAnswer.$Properties): sordino.federated.v1.SecureAnswer;
                 * }}
                 */
                SecureAnswer.create = function(properties) {
                    return new SecureAnswer(properties);
                };

                /**
                 * Encodes the specified SecureAnswer message. Does not implicitly {@link sordino.federated.v1.SecureAnswer.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @static
                 * @param {sordino.federated.v1.SecureAnswer.$Properties} message SecureAnswer message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureAnswer.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.round != null && $Object.hasOwnProperty.call(message, "round") && message.round !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.round);
                    if (message.keys != null && $Object.hasOwnProperty.call(message, "keys"))
                        $root.sordino.federated.v1.SecureKeys.encode(message.keys, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.boxes != null && $Object.hasOwnProperty.call(message, "boxes"))
                        $root.sordino.federated.v1.SecureBoxList.encode(message.boxes, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.attestation != null && $Object.hasOwnProperty.call(message, "attestation"))
                        $root.sordino.federated.v1.SecureAttestation.encode(message.attestation, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.disclosure != null && $Object.hasOwnProperty.call(message, "disclosure"))
                        $root.sordino.federated.v1.SecureDisclosure.encode(message.disclosure, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.refused != null && $Object.hasOwnProperty.call(message, "refused"))
                        writer.uint32(/* id 6, wireType 0 =*/48).bool(message.refused);
                    if (message.complaints != null && $Object.hasOwnProperty.call(message, "complaints"))
                        $root.sordino.federated.v1.SecureComplaintList.encode(message.complaints, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureAnswer message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureAnswer
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureAnswer & sordino.federated.v1.SecureAnswer.$Shape} SecureAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureAnswer.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureAnswer();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.round = value;
                                else
                                    delete message.round;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                message.keys = $root.sordino.federated.v1.SecureKeys.decode(reader, reader.size(), $undefined, _depth + 1, message.keys);
                                message.step = "keys";
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                message.boxes = $root.sordino.federated.v1.SecureBoxList.decode(reader, reader.size(), $undefined, _depth + 1, message.boxes);
                                message.step = "boxes";
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                message.attestation = $root.sordino.federated.v1.SecureAttestation.decode(reader, reader.size(), $undefined, _depth + 1, message.attestation);
                                message.step = "attestation";
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                message.disclosure = $root.sordino.federated.v1.SecureDisclosure.decode(reader, reader.size(), $undefined, _depth + 1, message.disclosure);
                                message.step = "disclosure";
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                message.refused = reader.bool();
                                message.step = "refused";
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                message.complaints = $root.sordino.federated.v1.SecureComplaintList.decode(reader, reader.size(), $undefined, _depth + 1, message.complaints);
                                message.step = "complaints";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureAnswer;
            })();

            v1.SecurePlan = (function() {

                /**
                 * Properties of a SecurePlan.
                 * @typedef {Object} sordino.federated.v1.SecurePlan.$Properties
                 * @property {Array.<string>|null} [cohort] SecurePlan cohort
                 * @property {number|null} [threshold] SecurePlan threshold
                 * @property {number|null} [length] SecurePlan length
                 * @property {number|null} [range] SecurePlan range
                 * @property {Array.<number>|null} [weights] SecurePlan weights
                 * @property {string|null} [task] SecurePlan task
                 * @property {sordino.federated.v1.SiteNoise.$Properties|null} [noise] SecurePlan noise
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecurePlan.
                 * @memberof sordino.federated.v1
                 * @interface ISecurePlan
                 * @augments sordino.federated.v1.SecurePlan.$Properties
                 * @deprecated Use sordino.federated.v1.SecurePlan.$Properties instead.
                 */

                /**
                 * Shape of a SecurePlan.
                 * @typedef {sordino.federated.v1.SecurePlan.$Properties} sordino.federated.v1.SecurePlan.$Shape
                 */

                /**
                 * Constructs a new SecurePlan.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecurePlan.
                 * @constructor
                 * @param {sordino.federated.v1.SecurePlan.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecurePlan = function (properties) {
                    this.cohort = [];
                    this.weights = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecurePlan cohort.
                 * @member {Array.<string>} cohort
                 * @memberof sordino.federated.v1.SecurePlan
                 * @instance
                 */
                SecurePlan.prototype.cohort = $util.emptyArray;

                /**
                 * SecurePlan threshold.
                 * @member {number} threshold
                 * @memberof sordino.federated.v1.SecurePlan
                 * @instance
                 */
                SecurePlan.prototype.threshold = 0;

                /**
                 * SecurePlan length.
                 * @member {number} length
                 * @memberof sordino.federated.v1.SecurePlan
                 * @instance
                 */
                SecurePlan.prototype.length = 0;

                /**
                 * SecurePlan range.
                 * @member {number} range
                 * @memberof sordino.federated.v1.SecurePlan
                 * @instance
                 */
                SecurePlan.prototype.range = 0;

                /**
                 * SecurePlan weights.
                 * @member {Array.<number>} weights
                 * @memberof sordino.federated.v1.SecurePlan
                 * @instance
                 */
                SecurePlan.prototype.weights = $util.emptyArray;

                /**
                 * SecurePlan task.
                 * @member {string} task
                 * @memberof sordino.federated.v1.SecurePlan
                 * @instance
                 */
                SecurePlan.prototype.task = "";

                /**
                 * SecurePlan noise.
                 * @member {sordino.federated.v1.SiteNoise.$Properties|null|undefined} noise
                 * @memberof sordino.federated.v1.SecurePlan
                 * @instance
                 */
                SecurePlan.prototype.noise = null;

                /**
                 * Creates a new SecurePlan instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecurePlan
                 * @static
                 * @param {sordino.federated.v1.SecurePlan.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecurePlan} SecurePlan instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecurePlan.$Shape): sordino.federated.v1.SecurePlan & sordino.federated.v1.SecurePlan.$Shape;
                 *   (properties?: sordino.federated.v1.SecurePlan.$Properties): sordino.federated.v1.SecurePlan;
                 * }}
                 */
                SecurePlan.create = function(properties) {
                    return new SecurePlan(properties);
                };

                /**
                 * Encodes the specified SecurePlan message. Does not implicitly {@link sordino.federated.v1.SecurePlan.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecurePlan
                 * @static
                 * @param {sordino.federated.v1.SecurePlan.$Properties} message SecurePlan message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecurePlan.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.cohort != null && message.cohort.length)
                        for (let i = 0; i < message.cohort.length; ++i)
                            writer.uint32(/* id 1, wireType 2 =*/10).string(message.cohort[i]);
                    if (message.threshold != null && $Object.hasOwnProperty.call(message, "threshold") && message.threshold !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.threshold);
                    if (message.length != null && $Object.hasOwnProperty.call(message, "length") && message.length !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.length);
                    if (message.range != null && $Object.hasOwnProperty.call(message, "range") && !$Object.is(message.range, 0))
                        writer.uint32(/* id 4, wireType 1 =*/33).double(message.range);
                    if (message.weights != null && message.weights.length)
                        writer.uint32(/* id 5, wireType 2 =*/42).doubles(message.weights);
                    if (message.task != null && $Object.hasOwnProperty.call(message, "task") && message.task !== "")
                        writer.uint32(/* id 6, wireType 2 =*/50).string(message.task);
                    if (message.noise != null && $Object.hasOwnProperty.call(message, "noise"))
                        $root.sordino.federated.v1.SiteNoise.encode(message.noise, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecurePlan message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecurePlan
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecurePlan & sordino.federated.v1.SecurePlan.$Shape} SecurePlan
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecurePlan.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecurePlan();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.cohort && message.cohort.length))
                                    message.cohort = [];
                                message.cohort.push(reader.stringVerify());
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.threshold = value;
                                else
                                    delete message.threshold;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.length = value;
                                else
                                    delete message.length;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.range = value;
                                else
                                    delete message.range;
                                continue;
                            }
                        case 5: {
                                if (wireType === 2) {
                                    if (!(message.weights && message.weights.length))
                                        message.weights = [];
                                    reader.doubles(message.weights);
                                    continue;
                                }
                                if (wireType !== 1)
                                    break;
                                if (!(message.weights && message.weights.length))
                                    message.weights = [];
                                message.weights.push(reader.double());
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.task = value;
                                else
                                    delete message.task;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                message.noise = $root.sordino.federated.v1.SiteNoise.decode(reader, reader.size(), $undefined, _depth + 1, message.noise);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecurePlan;
            })();

            v1.SecureKeys = (function() {

                /**
                 * Properties of a SecureKeys.
                 * @typedef {Object} sordino.federated.v1.SecureKeys.$Properties
                 * @property {string|null} [site] SecureKeys site
                 * @property {Uint8Array|null} [boxKey] SecureKeys boxKey
                 * @property {Uint8Array|null} [maskKey] SecureKeys maskKey
                 * @property {Uint8Array|null} [seedDigest] SecureKeys seedDigest
                 * @property {Uint8Array|null} [signature] SecureKeys signature
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureKeys.
                 * @memberof sordino.federated.v1
                 * @interface ISecureKeys
                 * @augments sordino.federated.v1.SecureKeys.$Properties
                 * @deprecated Use sordino.federated.v1.SecureKeys.$Properties instead.
                 */

                /**
                 * Shape of a SecureKeys.
                 * @typedef {sordino.federated.v1.SecureKeys.$Properties} sordino.federated.v1.SecureKeys.$Shape
                 */

                /**
                 * Constructs a new SecureKeys.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureKeys.
                 * @constructor
                 * @param {sordino.federated.v1.SecureKeys.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureKeys = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureKeys site.
                 * @member {string} site
                 * @memberof sordino.federated.v1.SecureKeys
                 * @instance
                 */
                SecureKeys.prototype.site = "";

                /**
                 * SecureKeys boxKey.
                 * @member {Uint8Array} boxKey
                 * @memberof sordino.federated.v1.SecureKeys
                 * @instance
                 */
                SecureKeys.prototype.boxKey = $util.newBuffer([]);

                /**
                 * SecureKeys maskKey.
                 * @member {Uint8Array} maskKey
                 * @memberof sordino.federated.v1.SecureKeys
                 * @instance
                 */
                SecureKeys.prototype.maskKey = $util.newBuffer([]);

                /**
                 * SecureKeys seedDigest.
                 * @member {Uint8Array} seedDigest
                 * @memberof sordino.federated.v1.SecureKeys
                 * @instance
                 */
                SecureKeys.prototype.seedDigest = $util.newBuffer([]);

                /**
                 * SecureKeys signature.
                 * @member {Uint8Array} signature
                 * @memberof sordino.federated.v1.SecureKeys
                 * @instance
                 */
                SecureKeys.prototype.signature = $util.newBuffer([]);

                /**
                 * Creates a new SecureKeys instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureKeys
                 * @static
                 * @param {sordino.federated.v1.SecureKeys.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureKeys} SecureKeys instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureKeys.$Shape): sordino.federated.v1.SecureKeys & sordino.federated.v1.SecureKeys.$Shape;
                 *   (properties?: sordino.federated.v1.SecureKeys.$Properties): sordino.federated.v1.SecureKeys;
                 * }}
                 */
                SecureKeys.create = function(properties) {
                    return new SecureKeys(properties);
                };

                /**
                 * Encodes the specified SecureKeys message. Does not implicitly {@link sordino.federated.v1.SecureKeys.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureKeys
                 * @static
                 * @param {sordino.federated.v1.SecureKeys.$Properties} message SecureKeys message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureKeys.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.site != null && $Object.hasOwnProperty.call(message, "site") && message.site !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.site);
                    if (message.boxKey != null && $Object.hasOwnProperty.call(message, "boxKey") && message.boxKey.length)
                        writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.boxKey);
                    if (message.maskKey != null && $Object.hasOwnProperty.call(message, "maskKey") && message.maskKey.length)
                        writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.maskKey);
                    if (message.seedDigest != null && $Object.hasOwnProperty.call(message, "seedDigest") && message.seedDigest.length)
                        writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.seedDigest);
                    if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                        writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.signature);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureKeys message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureKeys
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureKeys & sordino.federated.v1.SecureKeys.$Shape} SecureKeys
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureKeys.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureKeys();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.site = value;
                                else
                                    delete message.site;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.boxKey = value;
                                else
                                    delete message.boxKey;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.maskKey = value;
                                else
                                    delete message.maskKey;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.seedDigest = value;
                                else
                                    delete message.seedDigest;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.signature = value;
                                else
                                    delete message.signature;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureKeys;
            })();

            v1.SecureKeyList = (function() {

                /**
                 * Properties of a SecureKeyList.
                 * @typedef {Object} sordino.federated.v1.SecureKeyList.$Properties
                 * @property {Array.<sordino.federated.v1.SecureKeys.$Properties>|null} [keys] SecureKeyList keys
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureKeyList.
                 * @memberof sordino.federated.v1
                 * @interface ISecureKeyList
                 * @augments sordino.federated.v1.SecureKeyList.$Properties
                 * @deprecated Use sordino.federated.v1.SecureKeyList.$Properties instead.
                 */

                /**
                 * Shape of a SecureKeyList.
                 * @typedef {sordino.federated.v1.SecureKeyList.$Properties} sordino.federated.v1.SecureKeyList.$Shape
                 */

                /**
                 * Constructs a new SecureKeyList.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureKeyList.
                 * @constructor
                 * @param {sordino.federated.v1.SecureKeyList.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureKeyList = function (properties) {
                    this.keys = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureKeyList keys.
                 * @member {Array.<sordino.federated.v1.SecureKeys.$Properties>} keys
                 * @memberof sordino.federated.v1.SecureKeyList
                 * @instance
                 */
                SecureKeyList.prototype.keys = $util.emptyArray;

                /**
                 * Creates a new SecureKeyList instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureKeyList
                 * @static
                 * @param {sordino.federated.v1.SecureKeyList.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureKeyList} SecureKeyList instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureKeyList.$Shape): sordino.federated.v1.SecureKeyList & sordino.federated.v1.SecureKeyList.$Shape;
                 *   (properties?: sordino.federated.v1.SecureKeyList.$Properties): sordino.federated.v1.SecureKeyList;
                 * }}
                 */
                SecureKeyList.create = function(properties) {
                    return new SecureKeyList(properties);
                };

                /**
                 * Encodes the specified SecureKeyList message. Does not implicitly {@link sordino.federated.v1.SecureKeyList.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureKeyList
                 * @static
                 * @param {sordino.federated.v1.SecureKeyList.$Properties} message SecureKeyList message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureKeyList.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.keys != null && message.keys.length)
                        for (let i = 0; i < message.keys.length; ++i)
                            $root.sordino.federated.v1.SecureKeys.encode(message.keys[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureKeyList message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureKeyList
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureKeyList & sordino.federated.v1.SecureKeyList.$Shape} SecureKeyList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureKeyList.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureKeyList();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.keys && message.keys.length))
                                    message.keys = [];
                                message.keys.push($root.sordino.federated.v1.SecureKeys.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureKeyList;
            })();

            v1.SecureBox = (function() {

                /**
                 * Properties of a SecureBox.
                 * @typedef {Object} sordino.federated.v1.SecureBox.$Properties
                 * @property {string|null} [from] SecureBox from
                 * @property {string|null} [to] SecureBox to
                 * @property {Uint8Array|null} [box] SecureBox box
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureBox.
                 * @memberof sordino.federated.v1
                 * @interface ISecureBox
                 * @augments sordino.federated.v1.SecureBox.$Properties
                 * @deprecated Use sordino.federated.v1.SecureBox.$Properties instead.
                 */

                /**
                 * Shape of a SecureBox.
                 * @typedef {sordino.federated.v1.SecureBox.$Properties} sordino.federated.v1.SecureBox.$Shape
                 */

                /**
                 * Constructs a new SecureBox.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureBox.
                 * @constructor
                 * @param {sordino.federated.v1.SecureBox.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureBox = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureBox from.
                 * @member {string} from
                 * @memberof sordino.federated.v1.SecureBox
                 * @instance
                 */
                SecureBox.prototype.from = "";

                /**
                 * SecureBox to.
                 * @member {string} to
                 * @memberof sordino.federated.v1.SecureBox
                 * @instance
                 */
                SecureBox.prototype.to = "";

                /**
                 * SecureBox box.
                 * @member {Uint8Array} box
                 * @memberof sordino.federated.v1.SecureBox
                 * @instance
                 */
                SecureBox.prototype.box = $util.newBuffer([]);

                /**
                 * Creates a new SecureBox instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureBox
                 * @static
                 * @param {sordino.federated.v1.SecureBox.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureBox} SecureBox instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureBox.$Shape): sordino.federated.v1.SecureBox & sordino.federated.v1.SecureBox.$Shape;
                 *   (properties?: sordino.federated.v1.SecureBox.$Properties): sordino.federated.v1.SecureBox;
                 * }}
                 */
                SecureBox.create = function(properties) {
                    return new SecureBox(properties);
                };

                /**
                 * Encodes the specified SecureBox message. Does not implicitly {@link sordino.federated.v1.SecureBox.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureBox
                 * @static
                 * @param {sordino.federated.v1.SecureBox.$Properties} message SecureBox message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureBox.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.from != null && $Object.hasOwnProperty.call(message, "from") && message.from !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.from);
                    if (message.to != null && $Object.hasOwnProperty.call(message, "to") && message.to !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.to);
                    if (message.box != null && $Object.hasOwnProperty.call(message, "box") && message.box.length)
                        writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.box);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureBox message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureBox
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureBox & sordino.federated.v1.SecureBox.$Shape} SecureBox
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureBox.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureBox();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.from = value;
                                else
                                    delete message.from;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.to = value;
                                else
                                    delete message.to;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.box = value;
                                else
                                    delete message.box;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureBox;
            })();

            v1.SecureBoxList = (function() {

                /**
                 * Properties of a SecureBoxList.
                 * @typedef {Object} sordino.federated.v1.SecureBoxList.$Properties
                 * @property {Array.<sordino.federated.v1.SecureBox.$Properties>|null} [boxes] SecureBoxList boxes
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureBoxList.
                 * @memberof sordino.federated.v1
                 * @interface ISecureBoxList
                 * @augments sordino.federated.v1.SecureBoxList.$Properties
                 * @deprecated Use sordino.federated.v1.SecureBoxList.$Properties instead.
                 */

                /**
                 * Shape of a SecureBoxList.
                 * @typedef {sordino.federated.v1.SecureBoxList.$Properties} sordino.federated.v1.SecureBoxList.$Shape
                 */

                /**
                 * Constructs a new SecureBoxList.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureBoxList.
                 * @constructor
                 * @param {sordino.federated.v1.SecureBoxList.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureBoxList = function (properties) {
                    this.boxes = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureBoxList boxes.
                 * @member {Array.<sordino.federated.v1.SecureBox.$Properties>} boxes
                 * @memberof sordino.federated.v1.SecureBoxList
                 * @instance
                 */
                SecureBoxList.prototype.boxes = $util.emptyArray;

                /**
                 * Creates a new SecureBoxList instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureBoxList
                 * @static
                 * @param {sordino.federated.v1.SecureBoxList.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureBoxList} SecureBoxList instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureBoxList.$Shape): sordino.federated.v1.SecureBoxList & sordino.federated.v1.SecureBoxList.$Shape;
                 *   (properties?: sordino.federated.v1.SecureBoxList.$Properties): sordino.federated.v1.SecureBoxList;
                 * }}
                 */
                SecureBoxList.create = function(properties) {
                    return new SecureBoxList(properties);
                };

                /**
                 * Encodes the specified SecureBoxList message. Does not implicitly {@link sordino.federated.v1.SecureBoxList.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureBoxList
                 * @static
                 * @param {sordino.federated.v1.SecureBoxList.$Properties} message SecureBoxList message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureBoxList.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.boxes != null && message.boxes.length)
                        for (let i = 0; i < message.boxes.length; ++i)
                            $root.sordino.federated.v1.SecureBox.encode(message.boxes[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureBoxList message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureBoxList
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureBoxList & sordino.federated.v1.SecureBoxList.$Shape} SecureBoxList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureBoxList.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureBoxList();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.boxes && message.boxes.length))
                                    message.boxes = [];
                                message.boxes.push($root.sordino.federated.v1.SecureBox.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureBoxList;
            })();

            v1.SecureComplaint = (function() {

                /**
                 * Properties of a SecureComplaint.
                 * @typedef {Object} sordino.federated.v1.SecureComplaint.$Properties
                 * @property {string|null} [accused] SecureComplaint accused
                 * @property {Uint8Array|null} [signature] SecureComplaint signature
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureComplaint.
                 * @memberof sordino.federated.v1
                 * @interface ISecureComplaint
                 * @augments sordino.federated.v1.SecureComplaint.$Properties
                 * @deprecated Use sordino.federated.v1.SecureComplaint.$Properties instead.
                 */

                /**
                 * Shape of a SecureComplaint.
                 * @typedef {sordino.federated.v1.SecureComplaint.$Properties} sordino.federated.v1.SecureComplaint.$Shape
                 */

                /**
                 * Constructs a new SecureComplaint.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureComplaint.
                 * @constructor
                 * @param {sordino.federated.v1.SecureComplaint.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureComplaint = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureComplaint accused.
                 * @member {string} accused
                 * @memberof sordino.federated.v1.SecureComplaint
                 * @instance
                 */
                SecureComplaint.prototype.accused = "";

                /**
                 * SecureComplaint signature.
                 * @member {Uint8Array} signature
                 * @memberof sordino.federated.v1.SecureComplaint
                 * @instance
                 */
                SecureComplaint.prototype.signature = $util.newBuffer([]);

                /**
                 * Creates a new SecureComplaint instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureComplaint
                 * @static
                 * @param {sordino.federated.v1.SecureComplaint.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureComplaint} SecureComplaint instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureComplaint.$Shape): sordino.federated.v1.SecureComplaint & sordino.federated.v1.SecureComplaint.$Shape;
                 *   (properties?: sordino.federated.v1.SecureComplaint.$Properties): sordino.federated.v1.SecureComplaint;
                 * }}
                 */
                SecureComplaint.create = function(properties) {
                    return new SecureComplaint(properties);
                };

                /**
                 * Encodes the specified SecureComplaint message. Does not implicitly {@link sordino.federated.v1.SecureComplaint.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureComplaint
                 * @static
                 * @param {sordino.federated.v1.SecureComplaint.$Properties} message SecureComplaint message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureComplaint.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.accused != null && $Object.hasOwnProperty.call(message, "accused") && message.accused !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.accused);
                    if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                        writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.signature);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureComplaint message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureComplaint
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureComplaint & sordino.federated.v1.SecureComplaint.$Shape} SecureComplaint
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureComplaint.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureComplaint();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.accused = value;
                                else
                                    delete message.accused;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.signature = value;
                                else
                                    delete message.signature;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureComplaint;
            })();

            v1.SecureComplaintList = (function() {

                /**
                 * Properties of a SecureComplaintList.
                 * @typedef {Object} sordino.federated.v1.SecureComplaintList.$Properties
                 * @property {Array.<sordino.federated.v1.SecureComplaint.$Properties>|null} [complaints] SecureComplaintList complaints
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureComplaintList.
                 * @memberof sordino.federated.v1
                 * @interface ISecureComplaintList
                 * @augments sordino.federated.v1.SecureComplaintList.$Properties
                 * @deprecated Use sordino.federated.v1.SecureComplaintList.$Properties instead.
                 */

                /**
                 * Shape of a SecureComplaintList.
                 * @typedef {sordino.federated.v1.SecureComplaintList.$Properties} sordino.federated.v1.SecureComplaintList.$Shape
                 */

                /**
                 * Constructs a new SecureComplaintList.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureComplaintList.
                 * @constructor
                 * @param {sordino.federated.v1.SecureComplaintList.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureComplaintList = function (properties) {
                    this.complaints = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureComplaintList complaints.
                 * @member {Array.<sordino.federated.v1.SecureComplaint.$Properties>} complaints
                 * @memberof sordino.federated.v1.SecureComplaintList
                 * @instance
                 */
                SecureComplaintList.prototype.complaints = $util.emptyArray;

                /**
                 * Creates a new SecureComplaintList instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureComplaintList
                 * @static
                 * @param {sordino.federated.v1.SecureComplaintList.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureComplaintList} SecureComplaintList instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureComplaintList.$Shape): sordino.federated.v1.SecureComplaintList & sordino.federated.v1.SecureComplaintList.$Shape;
                 *   (properties?: sordino.federated.v1.SecureComplaintList.$Properties): sordino.federated.v1.SecureComplaintList;
                 * }}
                 */
                SecureComplaintList.create = function(properties) {
                    return new SecureComplaintList(properties);
                };

                /**
                 * Encodes the specified SecureComplaintList message. Does not implicitly {@link sordino.federated.v1.SecureComplaintList.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureComplaintList
                 * @static
                 * @param {sordino.federated.v1.SecureComplaintList.$Properties} message SecureComplaintList message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureComplaintList.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.complaints != null && message.complaints.length)
                        for (let i = 0; i < message.complaints.length; ++i)
                            $root.sordino.federated.v1.SecureComplaint.encode(message.complaints[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureComplaintList message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureComplaintList
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureComplaintList & sordino.federated.v1.SecureComplaintList.$Shape} SecureComplaintList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureComplaintList.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureComplaintList();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.complaints && message.complaints.length))
                                    message.complaints = [];
                                message.complaints.push($root.sordino.federated.v1.SecureComplaint.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureComplaintList;
            })();

            v1.SecureSurvivorList = (function() {

                /**
                 * Properties of a SecureSurvivorList.
                 * @typedef {Object} sordino.federated.v1.SecureSurvivorList.$Properties
                 * @property {Array.<string>|null} [sites] SecureSurvivorList sites
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureSurvivorList.
                 * @memberof sordino.federated.v1
                 * @interface ISecureSurvivorList
                 * @augments sordino.federated.v1.SecureSurvivorList.$Properties
                 * @deprecated Use sordino.federated.v1.SecureSurvivorList.$Properties instead.
                 */

                /**
                 * Shape of a SecureSurvivorList.
                 * @typedef {sordino.federated.v1.SecureSurvivorList.$Properties} sordino.federated.v1.SecureSurvivorList.$Shape
                 */

                /**
                 * Constructs a new SecureSurvivorList.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureSurvivorList.
                 * @constructor
                 * @param {sordino.federated.v1.SecureSurvivorList.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureSurvivorList = function (properties) {
                    this.sites = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureSurvivorList sites.
                 * @member {Array.<string>} sites
                 * @memberof sordino.federated.v1.SecureSurvivorList
                 * @instance
                 */
                SecureSurvivorList.prototype.sites = $util.emptyArray;

                /**
                 * Creates a new SecureSurvivorList instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureSurvivorList
                 * @static
                 * @param {sordino.federated.v1.SecureSurvivorList.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureSurvivorList} SecureSurvivorList instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureSurvivorList.$Shape): sordino.federated.v1.SecureSurvivorList & sordino.federated.v1.SecureSurvivorList.$Shape;
                 *   (properties?: sordino.federated.v1.SecureSurvivorList.$Properties): sordino.federated.v1.SecureSurvivorList;
                 * }}
                 */
                SecureSurvivorList.create = function(properties) {
                    return new SecureSurvivorList(properties);
                };

                /**
                 * Encodes the specified SecureSurvivorList message. Does not implicitly {@link sordino.federated.v1.SecureSurvivorList.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureSurvivorList
                 * @static
                 * @param {sordino.federated.v1.SecureSurvivorList.$Properties} message SecureSurvivorList message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureSurvivorList.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.sites != null && message.sites.length)
                        for (let i = 0; i < message.sites.length; ++i)
                            writer.uint32(/* id 1, wireType 2 =*/10).string(message.sites[i]);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureSurvivorList message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureSurvivorList
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureSurvivorList & sordino.federated.v1.SecureSurvivorList.$Shape} SecureSurvivorList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureSurvivorList.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureSurvivorList();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.sites && message.sites.length))
                                    message.sites = [];
                                message.sites.push(reader.stringVerify());
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureSurvivorList;
            })();

            v1.SecureAttestation = (function() {

                /**
                 * Properties of a SecureAttestation.
                 * @typedef {Object} sordino.federated.v1.SecureAttestation.$Properties
                 * @property {string|null} [site] SecureAttestation site
                 * @property {Uint8Array|null} [signature] SecureAttestation signature
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureAttestation.
                 * @memberof sordino.federated.v1
                 * @interface ISecureAttestation
                 * @augments sordino.federated.v1.SecureAttestation.$Properties
                 * @deprecated Use sordino.federated.v1.SecureAttestation.$Properties instead.
                 */

                /**
                 * Shape of a SecureAttestation.
                 * @typedef {sordino.federated.v1.SecureAttestation.$Properties} sordino.federated.v1.SecureAttestation.$Shape
                 */

                /**
                 * Constructs a new SecureAttestation.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureAttestation.
                 * @constructor
                 * @param {sordino.federated.v1.SecureAttestation.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureAttestation = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureAttestation site.
                 * @member {string} site
                 * @memberof sordino.federated.v1.SecureAttestation
                 * @instance
                 */
                SecureAttestation.prototype.site = "";

                /**
                 * SecureAttestation signature.
                 * @member {Uint8Array} signature
                 * @memberof sordino.federated.v1.SecureAttestation
                 * @instance
                 */
                SecureAttestation.prototype.signature = $util.newBuffer([]);

                /**
                 * Creates a new SecureAttestation instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureAttestation
                 * @static
                 * @param {sordino.federated.v1.SecureAttestation.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureAttestation} SecureAttestation instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureAttestation.$Shape): sordino.federated.v1.SecureAttestation & sordino.federated.v1.SecureAttestation.$Shape;
                 *   (properties?: sordino.federated.v1.SecureAttestation.$Properties): sordino.federated.v1.SecureAttestation;
                 * }}
                 */
                SecureAttestation.create = function(properties) {
                    return new SecureAttestation(properties);
                };

                /**
                 * Encodes the specified SecureAttestation message. Does not implicitly {@link sordino.federated.v1.SecureAttestation.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureAttestation
                 * @static
                 * @param {sordino.federated.v1.SecureAttestation.$Properties} message SecureAttestation message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureAttestation.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.site != null && $Object.hasOwnProperty.call(message, "site") && message.site !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.site);
                    if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                        writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.signature);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureAttestation message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureAttestation
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureAttestation & sordino.federated.v1.SecureAttestation.$Shape} SecureAttestation
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureAttestation.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureAttestation();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.site = value;
                                else
                                    delete message.site;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.signature = value;
                                else
                                    delete message.signature;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureAttestation;
            })();

            v1.SecureAttestationList = (function() {

                /**
                 * Properties of a SecureAttestationList.
                 * @typedef {Object} sordino.federated.v1.SecureAttestationList.$Properties
                 * @property {Array.<sordino.federated.v1.SecureAttestation.$Properties>|null} [attestations] SecureAttestationList attestations
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureAttestationList.
                 * @memberof sordino.federated.v1
                 * @interface ISecureAttestationList
                 * @augments sordino.federated.v1.SecureAttestationList.$Properties
                 * @deprecated Use sordino.federated.v1.SecureAttestationList.$Properties instead.
                 */

                /**
                 * Shape of a SecureAttestationList.
                 * @typedef {sordino.federated.v1.SecureAttestationList.$Properties} sordino.federated.v1.SecureAttestationList.$Shape
                 */

                /**
                 * Constructs a new SecureAttestationList.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureAttestationList.
                 * @constructor
                 * @param {sordino.federated.v1.SecureAttestationList.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureAttestationList = function (properties) {
                    this.attestations = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureAttestationList attestations.
                 * @member {Array.<sordino.federated.v1.SecureAttestation.$Properties>} attestations
                 * @memberof sordino.federated.v1.SecureAttestationList
                 * @instance
                 */
                SecureAttestationList.prototype.attestations = $util.emptyArray;

                /**
                 * Creates a new SecureAttestationList instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureAttestationList
                 * @static
                 * @param {sordino.federated.v1.SecureAttestationList.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureAttestationList} SecureAttestationList instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureAttestationList.$Shape): sordino.federated.v1.SecureAttestationList & sordino.federated.v1.SecureAttestationList.$Shape;
                 *   (properties?: sordino.federated.v1.SecureAttestationList.$Properties): sordino.federated.v1.SecureAttestationList;
                 * }}
                 */
                SecureAttestationList.create = function(properties) {
                    return new SecureAttestationList(properties);
                };

                /**
                 * Encodes the specified SecureAttestationList message. Does not implicitly {@link sordino.federated.v1.SecureAttestationList.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureAttestationList
                 * @static
                 * @param {sordino.federated.v1.SecureAttestationList.$Properties} message SecureAttestationList message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureAttestationList.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.attestations != null && message.attestations.length)
                        for (let i = 0; i < message.attestations.length; ++i)
                            $root.sordino.federated.v1.SecureAttestation.encode(message.attestations[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureAttestationList message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureAttestationList
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureAttestationList & sordino.federated.v1.SecureAttestationList.$Shape} SecureAttestationList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureAttestationList.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureAttestationList();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.attestations && message.attestations.length))
                                    message.attestations = [];
                                message.attestations.push($root.sordino.federated.v1.SecureAttestation.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureAttestationList;
            })();

            v1.SecureShare = (function() {

                /**
                 * Properties of a SecureShare.
                 * @typedef {Object} sordino.federated.v1.SecureShare.$Properties
                 * @property {string|null} [of] SecureShare of
                 * @property {Uint8Array|null} [share] SecureShare share
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureShare.
                 * @memberof sordino.federated.v1
                 * @interface ISecureShare
                 * @augments sordino.federated.v1.SecureShare.$Properties
                 * @deprecated Use sordino.federated.v1.SecureShare.$Properties instead.
                 */

                /**
                 * Shape of a SecureShare.
                 * @typedef {sordino.federated.v1.SecureShare.$Properties} sordino.federated.v1.SecureShare.$Shape
                 */

                /**
                 * Constructs a new SecureShare.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureShare.
                 * @constructor
                 * @param {sordino.federated.v1.SecureShare.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureShare = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureShare of.
                 * @member {string} of
                 * @memberof sordino.federated.v1.SecureShare
                 * @instance
                 */
                SecureShare.prototype.of = "";

                /**
                 * SecureShare share.
                 * @member {Uint8Array} share
                 * @memberof sordino.federated.v1.SecureShare
                 * @instance
                 */
                SecureShare.prototype.share = $util.newBuffer([]);

                /**
                 * Creates a new SecureShare instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureShare
                 * @static
                 * @param {sordino.federated.v1.SecureShare.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureShare} SecureShare instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureShare.$Shape): sordino.federated.v1.SecureShare & sordino.federated.v1.SecureShare.$Shape;
                 *   (properties?: sordino.federated.v1.SecureShare.$Properties): sordino.federated.v1.SecureShare;
                 * }}
                 */
                SecureShare.create = function(properties) {
                    return new SecureShare(properties);
                };

                /**
                 * Encodes the specified SecureShare message. Does not implicitly {@link sordino.federated.v1.SecureShare.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureShare
                 * @static
                 * @param {sordino.federated.v1.SecureShare.$Properties} message SecureShare message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureShare.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.of != null && $Object.hasOwnProperty.call(message, "of") && message.of !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.of);
                    if (message.share != null && $Object.hasOwnProperty.call(message, "share") && message.share.length)
                        writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.share);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureShare message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureShare
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureShare & sordino.federated.v1.SecureShare.$Shape} SecureShare
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureShare.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureShare();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.of = value;
                                else
                                    delete message.of;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.share = value;
                                else
                                    delete message.share;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureShare;
            })();

            v1.SecureDisclosure = (function() {

                /**
                 * Properties of a SecureDisclosure.
                 * @typedef {Object} sordino.federated.v1.SecureDisclosure.$Properties
                 * @property {Array.<sordino.federated.v1.SecureShare.$Properties>|null} [seedShares] SecureDisclosure seedShares
                 * @property {Array.<sordino.federated.v1.SecureShare.$Properties>|null} [keyShares] SecureDisclosure keyShares
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SecureDisclosure.
                 * @memberof sordino.federated.v1
                 * @interface ISecureDisclosure
                 * @augments sordino.federated.v1.SecureDisclosure.$Properties
                 * @deprecated Use sordino.federated.v1.SecureDisclosure.$Properties instead.
                 */

                /**
                 * Shape of a SecureDisclosure.
                 * @typedef {sordino.federated.v1.SecureDisclosure.$Properties} sordino.federated.v1.SecureDisclosure.$Shape
                 */

                /**
                 * Constructs a new SecureDisclosure.
                 * @memberof sordino.federated.v1
                 * @classdesc Represents a SecureDisclosure.
                 * @constructor
                 * @param {sordino.federated.v1.SecureDisclosure.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SecureDisclosure = function (properties) {
                    this.seedShares = [];
                    this.keyShares = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SecureDisclosure seedShares.
                 * @member {Array.<sordino.federated.v1.SecureShare.$Properties>} seedShares
                 * @memberof sordino.federated.v1.SecureDisclosure
                 * @instance
                 */
                SecureDisclosure.prototype.seedShares = $util.emptyArray;

                /**
                 * SecureDisclosure keyShares.
                 * @member {Array.<sordino.federated.v1.SecureShare.$Properties>} keyShares
                 * @memberof sordino.federated.v1.SecureDisclosure
                 * @instance
                 */
                SecureDisclosure.prototype.keyShares = $util.emptyArray;

                /**
                 * Creates a new SecureDisclosure instance using the specified properties.
                 * @function create
                 * @memberof sordino.federated.v1.SecureDisclosure
                 * @static
                 * @param {sordino.federated.v1.SecureDisclosure.$Properties=} [properties] Properties to set
                 * @returns {sordino.federated.v1.SecureDisclosure} SecureDisclosure instance
                 * @type {{
                 *   (properties: sordino.federated.v1.SecureDisclosure.$Shape): sordino.federated.v1.SecureDisclosure & sordino.federated.v1.SecureDisclosure.$Shape;
                 *   (properties?: sordino.federated.v1.SecureDisclosure.$Properties): sordino.federated.v1.SecureDisclosure;
                 * }}
                 */
                SecureDisclosure.create = function(properties) {
                    return new SecureDisclosure(properties);
                };

                /**
                 * Encodes the specified SecureDisclosure message. Does not implicitly {@link sordino.federated.v1.SecureDisclosure.verify|verify} messages.
                 * @function encode
                 * @memberof sordino.federated.v1.SecureDisclosure
                 * @static
                 * @param {sordino.federated.v1.SecureDisclosure.$Properties} message SecureDisclosure message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SecureDisclosure.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.seedShares != null && message.seedShares.length)
                        for (let i = 0; i < message.seedShares.length; ++i)
                            $root.sordino.federated.v1.SecureShare.encode(message.seedShares[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.keyShares != null && message.keyShares.length)
                        for (let i = 0; i < message.keyShares.length; ++i)
                            $root.sordino.federated.v1.SecureShare.encode(message.keyShares[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SecureDisclosure message from the specified reader or buffer.
                 * @function decode
                 * @memberof sordino.federated.v1.SecureDisclosure
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {sordino.federated.v1.SecureDisclosure & sordino.federated.v1.SecureDisclosure.$Shape} SecureDisclosure
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SecureDisclosure.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.sordino.federated.v1.SecureDisclosure();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.seedShares && message.seedShares.length))
                                    message.seedShares = [];
                                message.seedShares.push($root.sordino.federated.v1.SecureShare.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.keyShares && message.keyShares.length))
                                    message.keyShares = [];
                                message.keyShares.push($root.sordino.federated.v1.SecureShare.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SecureDisclosure;
            })();

            return v1;
        })();

        return federated;
    })();

    return sordino;
})();

export {
  $root as default
};
